package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// The element-wise functions with an exponential in them, and softmax.
class ActivationsTest {
  /// A few roundings, each of 2^-24 of an operand.
  private static final double BOUND = 1e-6;

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void siluIsXTimesItsSigmoid(@ForAll @IntRange(max = 70) int n, @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(0, 5, Shape.of(n));
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Elementwise.silu(allocator, x);
    for (int i = 0; i < n; i++) {
      double exact = NaiveFixture.silu(x.get(i));
      assertEquals(exact, y.get(i), BOUND * Math.abs(exact));
    }
    allocator.check();
  }

  @Test
  void siluOfLargeArgumentsIsTheArgumentOrZero() {
    Tensor x = Tensor.of(Shape.of(6), 80, 200, 1e30f, -80, -200, -1e30f);
    float[] y = Elementwise.silu(Allocator.HEAP, x).toArray();
    assertArrayEquals(new float[] {80, 200, 1e30f}, Arrays.copyOf(y, 3));
    // Sigmoid ends at 2^-127, where the exponential ends.
    assertArrayEquals(new float[] {0, 0, 0}, Arrays.copyOfRange(y, 3, 6), 1e30f * 0x1p-127f);
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void theGradientOfSiluIsItsDerivative(
      @ForAll @IntRange(min = 1, max = 70) int n, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(0, 5, Shape.of(n));
    Tensor dy = samples.normal(n);
    var allocator = new DirtyAllocatorFixture();
    Tensor dx = Elementwise.siluBackward(allocator, x, dy);
    double[] expected =
        NaiveFixture.gradient(
            v -> Arrays.stream(v).map(NaiveFixture::silu).toArray(),
            NaiveFixture.doubles(x),
            NaiveFixture.doubles(dy));
    // x - x sigmoid(x) cancels, so the error has the size of x.
    CloseFixture.assertClose(expected, dx, BOUND, CloseFixture.scale(NaiveFixture.doubles(x), 1));
    allocator.check();
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void softmaxIsTheShareOfTheExponential(
      @ForAll @IntRange(max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 70) int n,
      @ForAll @IntRange(max = 5) int magnitude,
      @ForAll long seed) {
    Tensor x =
        new SamplesFixture(seed)
            .normal(Math.pow(10, magnitude), Math.pow(10, magnitude), Shape.of(rows, n));
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Elementwise.softmax(allocator, x);
    CloseFixture.assertClose(NaiveFixture.softmax(n, 1, NaiveFixture.doubles(x)), y, BOUND, 1);
    for (int row = 0; row < rows; row++) {
      assertEquals(1, Arrays.stream(NaiveFixture.doubles(y.at(row))).sum(), BOUND);
    }
    allocator.check();
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void smallProbabilitiesKeepTheirDigits(
      @ForAll @IntRange(min = 1, max = 70) int n, @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).uniform(-40, 40, Shape.of(n));
    double[] exact = NaiveFixture.softmax(n, 1, NaiveFixture.doubles(x));
    Tensor y = Elementwise.softmax(new DirtyAllocatorFixture(), x);
    for (int i = 0; i < n; i++) {
      // The difference to the largest, up to 80, is rounded before the exponential.
      assertEquals(exact[i], y.get(i), 80 * 0x1p-23 * exact[i]);
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void theGradientOfSoftmaxIsItsDerivative(
      @ForAll @IntRange(min = 1, max = 3) int rows,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(rows, n);
    Tensor dy = samples.normal(rows, n);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Elementwise.softmax(allocator, x);
    Tensor dx = Elementwise.softmaxBackward(allocator, y, dy);
    double[] expected =
        NaiveFixture.gradient(
            v -> NaiveFixture.softmax(n, 1, v), NaiveFixture.doubles(x), NaiveFixture.doubles(dy));
    CloseFixture.assertClose(expected, dx, BOUND, CloseFixture.scale(NaiveFixture.doubles(dy), 1));
    allocator.check();
  }

  @Test
  void expIsTheExponential() {
    Tensor x = new SamplesFixture(1).uniform(-80, 80, Shape.of(3, 17));
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Elementwise.exp(allocator, x);
    NaiveFixture.forEachIndex(
        x.shape(), i -> assertEquals(Math.exp(x.get(i)), y.get(i), BOUND * Math.exp(x.get(i))));
    allocator.check();
  }

  @Test
  void softmaxOfNothingIsNothing() {
    Tensor none = Tensor.zeros(3, 0);
    Tensor y = Elementwise.softmax(Allocator.HEAP, none);
    assertEquals(none.shape(), y.shape());
    assertEquals(none.shape(), Elementwise.softmaxBackward(Allocator.HEAP, y, none).shape());
  }

  @Test
  void gradientsOfAnotherShapeAreRefused() {
    Tensor x = Tensor.zeros(2, 3);
    Tensor dy = Tensor.zeros(3, 2);
    String silu =
        assertThrows(
                IllegalArgumentException.class,
                () -> Elementwise.siluBackward(Allocator.HEAP, x, dy))
            .getMessage();
    assertEquals("silu: shapes differ: [2, 3] and [3, 2]", silu);
    String softmax =
        assertThrows(
                IllegalArgumentException.class,
                () -> Elementwise.softmaxBackward(Allocator.HEAP, x, dy))
            .getMessage();
    assertEquals("softmax: shapes differ: [2, 3] and [3, 2]", softmax);
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> Elementwise.softmax(Allocator.HEAP, Tensor.scalar(1)))
            .getMessage()
            .contains("no axis -1 in []"));
  }
}
