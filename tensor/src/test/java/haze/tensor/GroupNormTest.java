package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GroupNormTest {
  /// Some roundings, one of which counts a few times more where the first pixel, from which the
  /// sums are taken, lies some deviations from the mean.
  private static final double BOUND = 4e-6;

  record Case(int n, int h, int w, int c, GroupNorm norm) {
    Shape shape() {
      return Shape.of(n, h, w, c);
    }

    int pixels() {
      return h * w;
    }
  }

  @Provide
  Arbitrary<Case> cases() {
    return cases(9);
  }

  @Provide
  Arbitrary<Case> smallCases() {
    return cases(3);
  }

  private static Arbitrary<Case> cases(int maxEdge) {
    Arbitrary<Integer> edge = Arbitraries.integers().between(1, maxEdge);
    Arbitrary<Float> eps = Arbitraries.of(1e-5f, 1e-3f);
    return Combinators.combine(
            Arbitraries.integers().between(1, 3),
            edge,
            edge,
            Arbitraries.of(1, 3, 8, 15, 16, 17, 24, 32, 33, 40, 64, 80),
            Arbitraries.integers(),
            eps,
            Arbitraries.of(false, true))
        .as(
            (n, h, w, c, divisor, e, silu) -> {
              int[] divisors =
                  java.util.stream.IntStream.rangeClosed(1, c).filter(d -> c % d == 0).toArray();
              int groups = divisors[Math.floorMod(divisor, divisors.length)];
              return new Case(n, h, w, c, new GroupNorm(groups, e, silu));
            })
        .withoutEdgeCases();
  }

  @Property(tries = 300)
  void everyGroupIsBroughtToMeanZeroAndVarianceOne(@ForAll("cases") Case c, @ForAll long seed) {
    forward(c, 0, seed);
  }

  @Property(tries = 300)
  void aMeanThousandTimesTheDeviationCostsNoMoreThanItsOwnRounding(
      @ForAll("cases") Case c, @ForAll long seed) {
    forward(c, 1000, seed);
  }

  private static void forward(Case c, double mean, long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(mean, 1, c.shape());
    Tensor gamma = samples.normal(c.c);
    Tensor beta = samples.normal(c.c);
    var allocator = new DirtyAllocatorFixture();
    GroupNorm.Result result = c.norm.forward(allocator, x, gamma, beta);
    double[] expected =
        NaiveFixture.groupNorm(
            c.norm,
            c.n,
            c.pixels(),
            NaiveFixture.doubles(x),
            NaiveFixture.doubles(gamma),
            NaiveFixture.doubles(beta));
    double[] amplification = new double[1];
    int width = c.c / c.norm.groups();
    for (int image = 0; image < c.n; image++) {
      for (int g = 0; g < c.norm.groups(); g++) {
        double[] s =
            NaiveFixture.groupStatistics(
                NaiveFixture.doubles(x),
                image * c.pixels() * c.c,
                c.pixels(),
                c.c,
                g * width,
                width,
                c.norm.eps());
        assertEquals(s[0], result.mean().get(image, g), 1e-6 * Math.max(1, Math.abs(s[0])));
        assertEquals(
            s[1], result.reciprocalDeviation().get(image, g), 2e-6 * s[1] * Math.max(1, s[1]));
        amplification[0] = Math.max(amplification[0], Math.abs(s[0]) * s[1]);
      }
    }
    // The mean is kept in float32: half a unit in its last place, measured in deviations.
    CloseFixture.assertClose(
        expected,
        result.y(),
        BOUND + 0x1p-24 * amplification[0],
        CloseFixture.scale(expected, CloseFixture.scale(NaiveFixture.doubles(gamma), 1)));
    allocator.check();
  }

  @Property(tries = 60)
  void theGradientsAreTheDerivatives(
      @ForAll("smallCases") Case c, @ForAll @IntRange(max = 1) int far, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(100 * far, 1, c.shape());
    Tensor gamma = samples.normal(c.c);
    Tensor beta = samples.normal(c.c);
    Tensor dy = samples.normal(c.shape());
    Tensor dGamma = samples.normal(c.c);
    Tensor dBeta = samples.normal(c.c);
    double[] expectedGamma = NaiveFixture.doubles(dGamma);
    double[] expectedBeta = NaiveFixture.doubles(dBeta);
    var allocator = new DirtyAllocatorFixture();
    GroupNorm.Result result = c.norm.forward(allocator, x, gamma, beta);
    GroupNorm.Result kept =
        new GroupNorm.Result(
            new DirtyAllocatorFixture().allocate(c.shape()),
            result.mean(),
            result.reciprocalDeviation());
    Tensor dx = c.norm.backward(allocator, x, gamma, beta, kept, dy, dGamma, dBeta);
    Tensor before = samples.normal(c.shape());
    Tensor sum = before.copy();
    c.norm.backwardInto(
        allocator, x, gamma, beta, kept, dy, Tensor.zeros(c.c), Tensor.zeros(c.c), sum, true);
    Tensor inPlace = dy.copy();
    c.norm.backwardInto(
        allocator,
        x,
        gamma,
        beta,
        kept,
        inPlace,
        Tensor.zeros(c.c),
        Tensor.zeros(c.c),
        inPlace,
        false);
    assertArrayEquals(dx.toArray(), inPlace.toArray());
    assertArrayEquals(Elementwise.add(Allocator.HEAP, before, dx).toArray(), sum.toArray());

    double[] vx = NaiveFixture.doubles(x);
    double[] vg = NaiveFixture.doubles(gamma);
    double[] vb = NaiveFixture.doubles(beta);
    double[] vdy = NaiveFixture.doubles(dy);
    double[] expected =
        NaiveFixture.gradient(
            v -> NaiveFixture.groupNorm(c.norm, c.n, c.pixels(), v, vg, vb), vx, vdy);
    // dx is a difference of numbers of the size of gamma dy / deviation, and 1/deviation multiplies
    // what is
    // lost in the mean.
    double r = CloseFixture.scale(NaiveFixture.doubles(result.reciprocalDeviation()), 0);
    double bound = BOUND * (1 + r) + 0x1p-22 * r * (1 + 100 * far);
    double size = CloseFixture.scale(vdy, 1);
    CloseFixture.assertClose(expected, dx, bound, r * CloseFixture.scale(vg, 1) * size);
    add(
        expectedGamma,
        NaiveFixture.gradient(
            v -> NaiveFixture.groupNorm(c.norm, c.n, c.pixels(), vx, v, vb), vg, vdy));
    add(
        expectedBeta,
        NaiveFixture.gradient(
            v -> NaiveFixture.groupNorm(c.norm, c.n, c.pixels(), vx, vg, v), vb, vdy));
    CloseFixture.assertClose(expectedGamma, dGamma, bound, CloseFixture.scale(expectedGamma, size));
    CloseFixture.assertClose(expectedBeta, dBeta, bound, CloseFixture.scale(expectedBeta, size));
    allocator.check();
  }

  private static void add(double[] target, double[] source) {
    Arrays.setAll(target, i -> target[i] + source[i]);
  }

  @Test
  void imagesMayHaveAnyNumberOfAxes() {
    var samples = new SamplesFixture(1);
    GroupNorm norm = new GroupNorm(2, 1e-5f, false);
    Tensor gamma = samples.normal(6);
    Tensor beta = samples.normal(6);
    Tensor x = samples.normal(2, 3, 4, 6);
    Tensor y = norm.forward(Allocator.HEAP, x, gamma, beta).y();
    for (int[] dims : new int[][] {{2, 12, 6}, {2, 3, 2, 2, 6}}) {
      Tensor same = norm.forward(Allocator.HEAP, x.reshape(dims), gamma, beta).y();
      assertEquals(Shape.of(dims), same.shape());
      CloseFixture.assertClose(NaiveFixture.doubles(y), same, 0, 1);
    }
    Tensor vectors = samples.normal(2, 6);
    double[] expected =
        NaiveFixture.groupNorm(
            norm,
            2,
            1,
            NaiveFixture.doubles(vectors),
            NaiveFixture.doubles(gamma),
            NaiveFixture.doubles(beta));
    CloseFixture.assertClose(
        expected, norm.forward(Allocator.HEAP, vectors, gamma, beta).y(), BOUND, 3);
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    GroupNorm norm = new GroupNorm(4, 1e-5f, false);
    Tensor c8 = Tensor.zeros(8);
    Tensor x = Tensor.zeros(2, 3, 3, 8);
    assertMessage(
        "group norm: 4 groups do not divide the channels of [2, 3, 3, 6]",
        () ->
            norm.forward(
                Allocator.HEAP, Tensor.zeros(2, 3, 3, 6), Tensor.zeros(6), Tensor.zeros(6)));
    assertMessage(
        "group norm: 0 groups do not divide the channels of [2, 3, 3, 8]",
        () -> new GroupNorm(0, 1e-5f, false).forward(Allocator.HEAP, x, c8, c8));
    assertMessage(
        "group norm: 4 groups do not divide the channels of [2, 3, 3, 0]",
        () ->
            norm.forward(
                Allocator.HEAP, Tensor.zeros(2, 3, 3, 0), Tensor.zeros(0), Tensor.zeros(0)));
    assertMessage(
        "group norm: gamma [6] for 8 channels",
        () -> norm.forward(Allocator.HEAP, x, Tensor.zeros(6), c8));
    assertMessage(
        "group norm: beta [6] for 8 channels",
        () -> norm.forward(Allocator.HEAP, x, c8, Tensor.zeros(6)));
    GroupNorm.Result result = norm.forward(Allocator.HEAP, x, c8, c8);
    assertMessage(
        "group norm: shapes differ: [2, 3, 3, 8] and [1, 3, 3, 8]",
        () -> norm.backward(Allocator.HEAP, x, c8, c8, result, Tensor.zeros(1, 3, 3, 8), c8, c8));
    assertMessage(
        "group norm: beta [6] for 8 channels",
        () -> norm.backward(Allocator.HEAP, x, c8, Tensor.zeros(6), result, x, c8, c8));
    assertMessage(
        "group norm: gradient of gamma [16] for 8 channels",
        () -> norm.backward(Allocator.HEAP, x, c8, c8, result, x, Tensor.zeros(16), c8));
    assertMessage(
        "group norm: gradient of beta [16] for 8 channels",
        () -> norm.backward(Allocator.HEAP, x, c8, c8, result, x, c8, Tensor.zeros(16)));
    assertMessage(
        "group norm: shapes differ: [2, 3, 3, 8] and [2, 9, 8]",
        () ->
            norm.backwardInto(
                Allocator.HEAP, x, c8, c8, result, x, c8, c8, Tensor.zeros(2, 9, 8), true));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
