package haze.tensor;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;

/// Tensors to test with: random numbers from the JDK's generator, at an offset, in an array that is
/// NaN elsewhere, so that an operation that forgets the offset or reads beyond the end shows.
public final class SamplesFixture {
  private static final int BEFORE = 3;
  private static final int BEHIND = 2;

  private final Random random;

  public SamplesFixture(long seed) {
    random = new Random(seed);
  }

  /// Standard normal numbers.
  public Tensor normal(int... dims) {
    return normal(0, 1, Shape.of(dims));
  }

  /// Standard normal numbers.
  public Tensor normal(Shape shape) {
    return normal(0, 1, shape);
  }

  /// Normal numbers.
  public Tensor normal(double mean, double deviation, Shape shape) {
    return filled(shape, () -> mean + deviation * random.nextGaussian());
  }

  /// Numbers with equal probability in `[low, high)`.
  public Tensor uniform(double low, double high, Shape shape) {
    return filled(shape, () -> low + (high - low) * random.nextDouble());
  }

  private static Tensor filled(Shape shape, DoubleSupplier numbers) {
    float[] data = new float[BEFORE + shape.size() + BEHIND];
    Arrays.fill(data, Float.NaN);
    for (int i = 0; i < shape.size(); i++) {
      data[BEFORE + i] = (float) numbers.getAsDouble();
    }
    return Tensor.wrap(shape, data, BEFORE);
  }
}
