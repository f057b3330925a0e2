package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GradientClipTest {
  private static float[] normal(int size, long seed) {
    var random = new Random(seed);
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  @Property(tries = 100)
  void theNormHasTheSameBitsHoweverTheChunksAreShared(
      @ForAll @IntRange(max = 5 * GradientClip.CHUNK) int size, @ForAll long seed) {
    float[] gradient = normal(size, seed);
    double[] sums = new double[GradientClip.chunks(size)];
    for (int chunk = sums.length - 1; chunk >= 0; chunk--) {
      sums[chunk] = Double.NaN;
      GradientClip.sumSquares(gradient, sums, chunk, chunk + 1);
    }
    assertEquals(GradientClip.norm(gradient), GradientClip.norm(sums));
    double naive = 0;
    for (float x : gradient) {
      naive += (double) x * x;
    }
    assertEquals(Math.sqrt(naive), GradientClip.norm(gradient), 1e-12 * Math.sqrt(naive));
  }

  @Test
  void aGradientIsClippedToItsGreatestNorm() {
    float[] gradient = normal(2 * GradientClip.CHUNK + 5, 1);
    // @start region="clip"
    double[] sums = new double[GradientClip.chunks(gradient.length)];
    GradientClip.sumSquares(gradient, sums, 0, sums.length); // or parts of it, in any order
    double norm = GradientClip.norm(sums); // not finite: training has failed
    float scale = GradientClip.scale(norm, 1.0); // for Optimizer.update
    // @end
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= scale;
    }
    assertEquals(1, GradientClip.norm(gradient), 1e-6);
  }

  @Test
  void oneElementThatIsNoNumberShowsWhereverItStands() {
    int size = 2 * GradientClip.CHUNK + 13;
    for (int at : new int[] {0, 7, GradientClip.CHUNK - 1, GradientClip.CHUNK, size - 1}) {
      float[] gradient = normal(size, 1);
      gradient[at] = Float.NaN;
      assertEquals(Double.NaN, GradientClip.norm(gradient));
      gradient[at] = Float.NEGATIVE_INFINITY;
      assertEquals(Double.POSITIVE_INFINITY, GradientClip.norm(gradient));
    }
  }

  @Test
  void theGreatestGradientsStillHaveANorm() {
    assertEquals(
        2.0 * Float.MAX_VALUE,
        GradientClip.norm(
            new float[] {Float.MAX_VALUE, Float.MAX_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE}));
    assertEquals(0, GradientClip.norm(new float[0]));
  }

  @Test
  void aShortGradientKeepsItsLengthAndALongOneGetsTheGreatest() {
    assertEquals(1, GradientClip.scale(0, 1));
    assertEquals(1, GradientClip.scale(0.9, 1));
    assertEquals((float) (2 / 8.000001), GradientClip.scale(8, 2));
    assertEquals((float) (1 / 1.000001), GradientClip.scale(1, 1));
    assertEquals(1, GradientClip.scale(1e30, Double.POSITIVE_INFINITY));
  }

  @Test
  void impossibleArgumentsAreRefused() {
    assertEquals(
        "clip: the gradient's norm is NaN",
        assertThrows(IllegalArgumentException.class, () -> GradientClip.scale(Double.NaN, 1))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> GradientClip.scale(Double.POSITIVE_INFINITY, 1));
    assertThrows(IllegalArgumentException.class, () -> GradientClip.scale(1, 0));
    assertThrows(IllegalArgumentException.class, () -> GradientClip.scale(1, Double.NaN));
    assertThrows(
        IllegalArgumentException.class,
        () -> GradientClip.sumSquares(new float[3], new double[2], 0, 1));
  }
}
