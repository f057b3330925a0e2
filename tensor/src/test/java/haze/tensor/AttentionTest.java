package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class AttentionTest {
  private static final double BOUND = 3e-6;

  record Case(int n, int length, int heads, int depth) {
    int channels() {
      return heads * depth;
    }

    Shape shape() {
      return Shape.of(n, length, channels());
    }
  }

  @Provide
  Arbitrary<Case> cases() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 3),
            Arbitraries.integers().between(1, 40),
            Arbitraries.integers().between(1, 4),
            Arbitraries.of(1, 3, 4, 8, 15, 16, 17, 32))
        .as(Case::new)
        .withoutEdgeCases();
  }

  @Provide
  Arbitrary<Case> smallCases() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 2),
            Arbitraries.of(1, 2, 5, 8, 16, 18),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(1, 3, 8))
        .as(Case::new)
        .withoutEdgeCases();
  }

  @Property(tries = 100)
  void theResultIsTheMeanOfTheValuesByProbability(@ForAll("cases") Case c, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor q = samples.normal(c.shape());
    Tensor k = samples.normal(c.shape());
    Tensor v = samples.normal(c.shape());
    var allocator = new DirtyAllocatorFixture();
    Attention.Result result = Attention.forward(allocator, q, k, v, c.heads);
    assertEquals(Shape.of(c.n, c.heads, c.length, c.length), result.probabilities().shape());
    CloseFixture.assertClose(
        NaiveFixture.probabilities(
            c.n, c.length, c.channels(), c.heads, NaiveFixture.doubles(q), NaiveFixture.doubles(k)),
        result.probabilities(),
        BOUND,
        1);
    double[] expected =
        NaiveFixture.attention(
            c.n,
            c.length,
            c.channels(),
            c.heads,
            NaiveFixture.doubles(q),
            NaiveFixture.doubles(k),
            NaiveFixture.doubles(v));
    CloseFixture.assertClose(expected, result.y(), BOUND, CloseFixture.scale(expected, 1));
    allocator.check();
  }

  @Property(tries = 25)
  void theGradientsAreTheDerivatives(@ForAll("smallCases") Case c, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor q = samples.normal(c.shape());
    Tensor k = samples.normal(c.shape());
    Tensor v = samples.normal(c.shape());
    Tensor dy = samples.normal(c.shape());
    var allocator = new DirtyAllocatorFixture();
    Tensor p = Attention.forward(allocator, q, k, v, c.heads).probabilities();
    Attention.Gradients gradients = Attention.backward(allocator, q, k, v, p, dy);
    double[] vq = NaiveFixture.doubles(q);
    double[] vk = NaiveFixture.doubles(k);
    double[] vv = NaiveFixture.doubles(v);
    double[] vdy = NaiveFixture.doubles(dy);
    assertGradient(
        NaiveFixture.gradient(
            x -> NaiveFixture.attention(c.n, c.length, c.channels(), c.heads, x, vk, vv), vq, vdy),
        gradients.dq());
    assertGradient(
        NaiveFixture.gradient(
            x -> NaiveFixture.attention(c.n, c.length, c.channels(), c.heads, vq, x, vv), vk, vdy),
        gradients.dk());
    assertGradient(
        NaiveFixture.gradient(
            x -> NaiveFixture.attention(c.n, c.length, c.channels(), c.heads, vq, vk, x), vv, vdy),
        gradients.dv());
    allocator.check();
  }

  private static void assertGradient(double[] expected, Tensor actual) {
    CloseFixture.assertClose(expected, actual, BOUND, CloseFixture.scale(expected, 1));
  }

  @Test
  void equalKeysGiveTheMeanOfTheValues() {
    Tensor k = Tensor.full(1, 1, 2, 2);
    Tensor q = Tensor.of(Shape.of(1, 2, 2), 5, -3, 0, 900);
    Tensor v = Tensor.of(Shape.of(1, 2, 2), 1, 10, 3, 30);
    Tensor y = Attention.forward(Allocator.HEAP, q, k, v, 2).y();
    assertArrayEquals(new float[] {2, 20, 2, 20}, y.toArray());
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    Tensor x = Tensor.zeros(2, 3, 8);
    Tensor other = Tensor.zeros(2, 4, 8);
    assertMessage(
        "attention: shapes differ: [2, 3, 8] and [2, 4, 8]",
        () -> Attention.forward(Allocator.HEAP, x, other, x, 2));
    assertMessage(
        "attention: shapes differ: [2, 3, 8] and [2, 4, 8]",
        () -> Attention.forward(Allocator.HEAP, x, x, other, 2));
    assertMessage(
        "attention: 3 heads for [2, 3, 8], expected [n, length, channels]",
        () -> Attention.forward(Allocator.HEAP, x, x, x, 3));
    assertMessage(
        "attention: 0 heads for [2, 3, 8], expected [n, length, channels]",
        () -> Attention.forward(Allocator.HEAP, x, x, x, 0));
    Tensor flat = Tensor.zeros(3, 8);
    assertMessage(
        "attention: 2 heads for [3, 8], expected [n, length, channels]",
        () -> Attention.forward(Allocator.HEAP, flat, flat, flat, 2));
    Tensor p = Attention.forward(Allocator.HEAP, x, x, x, 2).probabilities();
    assertMessage(
        "attention: shapes differ: [2, 3, 8] and [2, 4, 8]",
        () -> Attention.backward(Allocator.HEAP, x, x, x, p, other));
    assertMessage(
        "attention: probabilities [2, 2, 4, 4] for queries [2, 3, 8]",
        () -> Attention.backward(Allocator.HEAP, x, x, x, Tensor.zeros(2, 2, 4, 4), x));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
