package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// Functions of one element against their definitions in double.
class ElementaryFunctionsTest {
  /// A few roundings, each of 2^-24 of an operand.
  private static final double BOUND = 5e-7;

  private interface Function {
    Tensor of(Allocator allocator, Tensor x);
  }

  private interface Gradient {
    Tensor of(Allocator allocator, Tensor saved, Tensor dy);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// x Phi(x) with the integral of the density by Simpson's rule, which holds for the lower tail.
  private static double gelu(double x) {
    int intervals = 600;
    double size = Math.abs(x);
    double width = 12 / Math.max(1, size / 3) / intervals;
    double sum = 0;
    for (int i = 0; i <= intervals; i++) {
      double at = size + i * width;
      double weight = i == 0 || i == intervals ? 1 : i % 2 == 0 ? 2 : 4;
      sum += weight * Math.exp(-at * at / 2);
    }
    double tail = sum * width / 3 / Math.sqrt(2 * Math.PI);
    return x * (x < 0 ? tail : 1 - tail);
  }

  private static double mish(double x) {
    return x * Math.tanh(Math.log1p(Math.exp(x)));
  }

  private static double relu(double x) {
    return x > 0 ? x : 0;
  }

  private static void assertValues(DoubleUnaryOperator naive, Function function, Tensor x) {
    var allocator = new DirtyAllocatorFixture();
    Tensor y = function.of(allocator, x);
    assertEquals(x.shape(), y.shape());
    for (int i = 0; i < x.size(); i++) {
      double expected = naive.applyAsDouble(x.data()[x.offset() + i]);
      assertEquals(expected, y.data()[y.offset() + i], BOUND * Math.abs(expected));
    }
    allocator.check();
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void valuesAreThoseOfTheDefinitions(
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(min = -4, max = 1) int magnitude,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(0, Math.pow(10, magnitude), Shape.of(n, 2));
    Tensor positive = Elementwise.abs(Allocator.HEAP, x);
    assertValues(ElementaryFunctionsTest::relu, Elementwise::relu, x);
    assertValues(ElementaryFunctionsTest::sigmoid, Elementwise::sigmoid, x);
    assertValues(Math::tanh, Elementwise::tanh, x);
    // Below, gelu is no normal number any more.
    Tensor above = Elementwise.clamp(Allocator.HEAP, x, -12, 40);
    assertValues(ElementaryFunctionsTest::gelu, Nonlinearity::gelu, above);
    assertValues(ElementaryFunctionsTest::mish, Nonlinearity::mish, above);
    assertValues(Math::abs, Elementwise::abs, x);
    assertValues(Math::log, Elementwise::log, positive);
    assertValues(Math::sqrt, Elementwise::sqrt, positive);
  }

  /// Each gradient from what is saved of the forward pass: the argument or the result.
  private static void assertGradient(
      DoubleUnaryOperator naive, Tensor x, Tensor saved, Gradient gradient, Tensor dy) {
    double[] expected =
        NaiveFixture.gradient(
            v -> Arrays.stream(v).map(naive).toArray(),
            NaiveFixture.doubles(x),
            NaiveFixture.doubles(dy));
    var allocator = new DirtyAllocatorFixture();
    Tensor dx = gradient.of(allocator, saved, dy);
    CloseFixture.assertClose(expected, dx, 1e-6, CloseFixture.scale(NaiveFixture.doubles(dy), 1));
    allocator.check();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void gradientsAreTheDerivatives(@ForAll @IntRange(min = 1, max = 70) int n, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor dy = samples.normal(n);
    Tensor x = samples.normal(0, 2, Shape.of(n));
    // The numerical derivative must not reach over the kinks at 0.
    for (int i = x.offset(); i < x.offset() + n; i++) {
      x.data()[i] += Math.copySign(0.1f, x.data()[i]);
    }
    assertGradient(ElementaryFunctionsTest::relu, x, x, Elementwise::reluBackward, dy);
    assertGradient(ElementaryFunctionsTest::gelu, x, x, Nonlinearity::geluBackward, dy);
    assertGradient(ElementaryFunctionsTest::mish, x, x, Nonlinearity::mishBackward, dy);
    assertGradient(Math::abs, x, x, Elementwise::absBackward, dy);
    Tensor sigmoid = Elementwise.sigmoid(Allocator.HEAP, x);
    assertGradient(ElementaryFunctionsTest::sigmoid, x, sigmoid, Elementwise::sigmoidBackward, dy);
    Tensor tanh = Elementwise.tanh(Allocator.HEAP, x);
    assertGradient(Math::tanh, x, tanh, Elementwise::tanhBackward, dy);
  }

  private static float[] values(Function function, float... x) {
    return function.of(Allocator.HEAP, Tensor.of(Shape.of(x.length), x)).toArray();
  }

  @Test
  void theEndsOfTheRangeAndWhatIsNoNumber() {
    float infinity = Float.POSITIVE_INFINITY;
    float[] x = {-infinity, -1e30f, -0f, 0, 1e30f, infinity, Float.NaN};
    assertArrayEquals(
        new float[] {0, 0, 0, 0, 1e30f, infinity, Float.NaN}, values(Elementwise::relu, x));
    assertArrayEquals(
        new float[] {0x1p-127f, 0x1p-127f, 0.5f, 0.5f, 1, 1, Float.NaN},
        values(Elementwise::sigmoid, x),
        1e-43f);
    assertArrayEquals(new float[] {-1, -1, -0f, 0, 1, 1, Float.NaN}, values(Elementwise::tanh, x));
    assertArrayEquals(
        new float[] {infinity, 1e30f, 0, 0, 1e30f, infinity, Float.NaN},
        values(Elementwise::abs, x));
    assertArrayEquals(
        new float[] {-infinity, Float.NaN, infinity, Float.NaN},
        values(Elementwise::log, 0, -1, infinity, Float.NaN));
    assertArrayEquals(
        new float[] {0, Float.NaN, infinity, Float.NaN},
        values(Elementwise::sqrt, 0, -1, infinity, Float.NaN));
  }

  @Test
  void atTheKinksTheGradientIsZero() {
    Tensor x = Tensor.of(Shape.of(3), -2, 0, 3);
    Tensor dy = Tensor.of(Shape.of(3), 5, 5, 5);
    assertArrayEquals(
        new float[] {0, 0, 5}, Elementwise.reluBackward(Allocator.HEAP, x, dy).toArray());
    assertArrayEquals(
        new float[] {-5, 0, 5}, Elementwise.absBackward(Allocator.HEAP, x, dy).toArray());
  }

  /// Both formulas of tanh, on both sides of where they meet.
  @Test
  void tanhRisesWhereItsFormulasMeet() {
    float[] x = {Math.nextDown(0.25f), 0.25f, Math.nextUp(0.25f)};
    float[] y = values(Elementwise::tanh, x);
    for (int i = 0; i < x.length; i++) {
      assertEquals(Math.tanh(x[i]), y[i], 3 * Math.ulp(y[i]));
    }
  }

  @Test
  void gradientsOfAnotherShapeAreRefused() {
    Tensor x = Tensor.zeros(2, 3);
    Tensor dy = Tensor.zeros(3, 2);
    List<Gradient> gradients =
        List.of(
            Elementwise::reluBackward,
            Elementwise::sigmoidBackward,
            Elementwise::tanhBackward,
            Elementwise::absBackward);
    List<String> names = List.of("relu", "sigmoid", "tanh", "abs");
    for (int i = 0; i < names.size(); i++) {
      Gradient gradient = gradients.get(i);
      assertEquals(
          names.get(i) + ": shapes differ: [2, 3] and [3, 2]",
          assertThrows(IllegalArgumentException.class, () -> gradient.of(Allocator.HEAP, x, dy))
              .getMessage());
    }
  }
}
