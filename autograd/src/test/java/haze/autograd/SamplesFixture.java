package haze.autograd;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

/// Tensors to test with: random numbers, at an offset, in an array that is NaN elsewhere, so that
/// an operation that forgets the offset or reads beyond the end shows.
final class SamplesFixture {
  private static final int BEFORE = 3;
  private static final int BEHIND = 2;

  private final Random random;

  SamplesFixture(long seed) {
    random = new Random(seed);
  }

  /// Standard normal numbers.
  Tensor normal(int... dims) {
    return filled(Shape.of(dims), random::nextGaussian);
  }

  /// Numbers from 1 to 2 of either sign, to divide by, and away from the kinks at 0.
  Tensor awayFromZero(int... dims) {
    return filled(
        Shape.of(dims), () -> (1 + random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
  }

  /// Numbers from 1 to 2: where a logarithm and a root are smooth.
  Tensor positive(int... dims) {
    return filled(Shape.of(dims), () -> 1 + random.nextDouble());
  }

  /// Images `[..., c]` in which every group of two numbers or more has a variance of about 2:
  /// normalisation divides by it.
  Tensor checkered(int... dims) {
    Tensor x = normal(dims);
    int c = x.dim(-1);
    for (int i = 0; i < x.size(); i++) {
      float sign = (i / c + i % c) % 2 == 0 ? 1 : -1;
      x.data()[x.offset() + i] = 0.3f * x.data()[x.offset() + i] + 1.5f * sign + 0.5f;
    }
    return x;
  }

  private static Tensor filled(Shape shape, DoubleSupplier numbers) {
    float[] data = new float[BEFORE + shape.size() + BEHIND];
    Arrays.fill(data, Float.NaN);
    for (int i = 0; i < shape.size(); i++) {
      data[BEFORE + i] = (float) numbers.getAsDouble();
    }
    return Tensor.wrap(shape, data, BEFORE);
  }

  static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  /// The dimensions followed by others.
  static int[] with(List<Integer> leading, int... others) {
    int[] all = Arrays.copyOf(ints(leading), leading.size() + others.length);
    System.arraycopy(others, 0, all, leading.size(), others.length);
    return all;
  }
}
