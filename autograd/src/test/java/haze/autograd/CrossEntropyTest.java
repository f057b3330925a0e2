package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CrossEntropyTest {
  private final Tape tape = Tape.off(new BufferPool());

  /// `-log(e^x[label] / sum of e^x)`, as it is written.
  private static double naive(Tensor x, int row, int label) {
    double sum = 0;
    for (int j = 0; j < x.dim(1); j++) {
      sum += Math.exp(x.get(row, j));
    }
    return -Math.log(Math.exp(x.get(row, label)) / sum);
  }

  private static int[] labels(int n, int classes, long seed) {
    return new Random(seed).ints(n, 0, classes).toArray();
  }

  private float[] losses(Tensor x, int... labels) {
    return CrossEntropy.apply(tape, tape.constant(x), labels).value().toArray();
  }

  @Property(tries = 100)
  void theLossesAreThoseOfTheFormula(
      @ForAll @IntRange(min = 1, max = 20) int n,
      @ForAll @IntRange(min = 1, max = 20) int classes,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(n, classes);
    int[] labels = labels(n, classes, seed);
    float[] losses = losses(x, labels);
    for (int i = 0; i < n; i++) {
      assertEquals(naive(x, i, labels[i]), losses[i], 1e-6 * (1 + losses[i]));
    }
  }

  @Property(tries = 60)
  void theGradientIsThatOfTheLosses(
      @ForAll @IntRange(min = 1, max = 12) int n,
      @ForAll @IntRange(min = 1, max = 12) int classes,
      @ForAll long seed) {
    int[] labels = labels(n, classes, seed);
    GradientCheck.check(
        (t, v) -> CrossEntropy.apply(t, v.get(0), labels),
        new SamplesFixture(seed).normal(n, classes));
  }

  @Test
  void whoKnowsNothingLosesTheLogarithmOfTheNumberOfClasses() {
    float ln4 = (float) Math.log(4);
    assertArrayEquals(new float[] {ln4, ln4}, losses(Tensor.zeros(2, 4), 0, 3), 1e-7f);
  }

  @Test
  void scoresWhoseExponentialsOverflowHaveALossAllTheSame() {
    Tensor x = Tensor.of(Shape.of(2, 2), 1000, -1000, 1000, -1000);
    assertArrayEquals(new float[] {0, 2000}, losses(x, 0, 1));
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothSides() {
    Tensor x = Tensor.zeros(2, 3);
    assertRefused("cross-entropy: 1 labels for scores [2, 3], expected [n, classes]", x, 0);
    assertRefused("cross-entropy: label 3 for scores [2, 3]", x, 0, 3);
    assertRefused("cross-entropy: label -1 for scores [2, 3]", x, -1, 0);
    assertRefused(
        "cross-entropy: 2 labels for scores [2], expected [n, classes]", Tensor.zeros(2), 0, 0);
  }

  private void assertRefused(String message, Tensor x, int... labels) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> losses(x, labels)).getMessage());
  }
}
