package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.loss.TimestepSampler.Draw;
import haze.diffusion.loss.TimestepSampler.Importance;
import haze.diffusion.loss.TimestepSampler.LogitNormal;
import haze.diffusion.loss.TimestepSampler.Stratified;
import haze.diffusion.loss.TimestepSampler.Uniform;
import haze.tensor.Rng;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimestepSamplerTest {
  private static final int PURPOSE = 7;

  /// A normal variable is further from its mean than this many standard deviations once in a
  /// million.
  private static final double ONE_IN_A_MILLION = 4.89;

  @Test
  void uniformTimestepsAreEquallyLikely() {
    assertFrequencies(new Uniform(10), uniform(10));
  }

  @Test
  void stratifiedTimestepsAreEquallyLikelyToo() {
    assertFrequencies(new Stratified(10), uniform(10));
  }

  @Property(tries = 100)
  void aStratifiedBatchIsSpreadEvenly(
      @ForAll @IntRange(min = 1, max = 50) int count,
      @ForAll @IntRange(min = 0, max = 1000) int step) {
    int[] t = new Stratified(1000).draw(1, PURPOSE, step, count).t();
    Arrays.sort(t);
    assertTrue(t[0] >= 1 && t[count - 1] <= 1000);
    for (int i = 0; i < count; i++) {
      int next = i + 1 < count ? t[i + 1] : t[0] + 1000;
      assertEquals(1000.0 / count, next - t[i], 1);
    }
  }

  /// The tabulated values of the normal distribution at -1.5, -1, 0, 1 and 2.
  @Test
  void logitNormalTimestepsAreNormalOnTheScaleOfLogits() {
    double mean = 1.5;
    double[] logits = {0, 0.5, 1.5, 2.5, 3.5};
    double[] below = {0.06681, 0.15866, 0.5, 0.84134, 0.97725};
    int timesteps = 100_000;
    int n = 100_000;
    int[] t = new LogitNormal(timesteps, mean, 0).draw(4, PURPOSE, 0, n).t();
    for (int i = 0; i < logits.length; i++) {
      double edge = timesteps / (1 + Math.exp(-logits[i]));
      double share = Arrays.stream(t).filter(k -> k <= edge).count() / (double) n;
      double error = Math.sqrt(below[i] * (1 - below[i]) / n);
      assertEquals(below[i], share, ONE_IN_A_MILLION * error + 1e-5);
    }
  }

  /// Of two mixed distributions: a mean of -40 has all its timesteps at 1.
  @Test
  void aShareOfTheTimestepsIsUniform() {
    double[] expected = new double[10];
    Arrays.fill(expected, 0.25 / 10);
    expected[0] += 0.75;
    assertFrequencies(new LogitNormal(10, -40, 0.25), expected);
    assertFrequencies(new LogitNormal(10, -40, 1), uniform(10));
  }

  @Test
  void theLastTimestepIsTheLastOne() {
    int[] t = new LogitNormal(3, 40, 0).draw(4, PURPOSE, 0, 100).t();
    assertTrue(Arrays.stream(t).allMatch(k -> k == 3));
  }

  @Test
  void untilEveryTimestepHasItsTenLossesAllAreEquallyLikely() {
    Importance importance = new Importance(4);
    for (int k = 1; k <= 4; k++) {
      for (int j = 0; j < (k == 4 ? 9 : 12); j++) {
        importance.update(new int[] {k}, new float[] {100 * k});
      }
    }
    assertArrayEquals(uniform(4), importance.probabilities(), 0);
    importance.update(new int[] {4}, new float[] {400});
    assertTrue(importance.probabilities()[3] > 2 * importance.probabilities()[0]);
  }

  /// `sqrt(E[L^2])` of the last ten, mixed with a thousandth of the uniform distribution.
  @Test
  void probabilitiesFollowTheSecondMomentOfTheLastTenLosses() {
    Importance importance = new Importance(2);
    importance.update(new int[] {1, 1, 2}, new float[] {1000, 1000, 1000});
    for (int j = 0; j < 10; j++) {
      // Root of the mean square: sqrt((9 + 49) / 2) against sqrt(4).
      importance.update(new int[] {1, 2}, new float[] {j % 2 == 0 ? 3 : 7, 2});
    }
    double share = Math.sqrt(29) / (Math.sqrt(29) + 2);
    assertArrayEquals(
        new double[] {.999 * share + .0005, .999 * (1 - share) + .0005},
        importance.probabilities(),
        1e-12);
  }

  @Test
  void importantTimestepsAreDrawnMoreOftenWithAsMuchLessWeight() {
    Importance importance = trained();
    assertFrequencies(importance, importance.probabilities());
    Draw draw = importance.draw(1, PURPOSE, 1, 1000);
    for (int i = 0; i < 1000; i++) {
      assertEquals(
          1 / (5 * importance.probabilities()[draw.t()[i] - 1]),
          draw.weights()[i],
          draw.weights()[i] * 0x1p-23);
    }
  }

  /// What importance sampling is for: the weighted mean is that over all timesteps, and varies
  /// less.
  @Test
  void theWeightedLossIsTheMeanOfAllTimestepsWithLessVariance() {
    Importance importance = trained();
    double[] loss = {50, 10, 5, 1, .5};
    double mean = Arrays.stream(loss).average().orElseThrow();
    int n = 50_000;
    double uniformVariance = 0;
    for (double l : loss) {
      uniformVariance += (l - mean) * (l - mean) / loss.length;
    }
    double sum = 0;
    double squares = 0;
    Draw draw = importance.draw(3, PURPOSE, 0, n);
    for (int i = 0; i < n; i++) {
      double weighted = draw.weights()[i] * loss[draw.t()[i] - 1];
      sum += weighted / n;
      squares += weighted * weighted / n;
    }
    double variance = squares - sum * sum;
    assertEquals(mean, sum, ONE_IN_A_MILLION * Math.sqrt(variance / n));
    assertTrue(variance < .01 * uniformVariance, variance + " against " + uniformVariance);
  }

  @Test
  void aRestoredSamplerGoesOnAsIfItHadNeverStopped() {
    Importance one = trained();
    one.update(new int[] {3, 3, 1}, new float[] {7, 8, 9});
    Importance other = new Importance(5);
    one.state()
        .forEach(
            (name, values) ->
                System.arraycopy(values, 0, other.state().get(name), 0, values.length));
    for (Importance importance : new Importance[] {one, other}) {
      importance.update(new int[] {2, 3}, new float[] {1, 100});
    }
    assertArrayEquals(one.probabilities(), other.probabilities(), 0);
    assertArrayEquals(one.draw(1, PURPOSE, 9, 64).t(), other.draw(1, PURPOSE, 9, 64).t());
    assertArrayEquals(
        one.draw(1, PURPOSE, 9, 64).weights(), other.draw(1, PURPOSE, 9, 64).weights());
  }

  @Test
  void aDrawDependsOnSeedAndStepAlone() {
    for (TimestepSampler sampler :
        new TimestepSampler[] {new Uniform(1000), new Stratified(1000), new Importance(1000)}) {
      int[] t = sampler.draw(1, PURPOSE, 2, 32).t();
      sampler.draw(5, PURPOSE, 3, 64);
      assertArrayEquals(t, sampler.draw(1, PURPOSE, 2, 32).t());
      assertTrue(!Arrays.equals(t, sampler.draw(1, PURPOSE, 3, 32).t()));
      assertTrue(!Arrays.equals(t, sampler.draw(2, PURPOSE, 2, 32).t()));
    }
    assertTrue(new Uniform(3).state().isEmpty());
  }

  /// Uniform draws are the numbers of each image's own stream, as training had them from the start.
  @Test
  void aUniformDrawIsOneNumberOfTheImagesStream() {
    int[] t = new Uniform(1000).draw(11, PURPOSE, 5, 3).t();
    for (int i = 0; i < 3; i++) {
      assertEquals(1 + new Rng(11, PURPOSE, 5, i).below(0, 1000), t[i]);
    }
  }

  @Test
  void lossesOfNothingDoNotBreakTheLaw() {
    Importance importance = new Importance(3);
    for (int j = 0; j < 10; j++) {
      importance.update(new int[] {1, 2, 3}, new float[3]);
    }
    assertArrayEquals(uniform(3), importance.probabilities(), 1e-15);
  }

  private static Importance trained() {
    Importance importance = new Importance(5);
    for (int j = 0; j < 10; j++) {
      importance.update(new int[] {1, 2, 3, 4, 5}, new float[] {50, 10, 5, 1, .5f});
    }
    return importance;
  }

  private static double[] uniform(int timesteps) {
    double[] p = new double[timesteps];
    Arrays.fill(p, 1.0 / timesteps);
    return p;
  }

  private static void assertFrequencies(TimestepSampler sampler, double[] p) {
    int steps = 5000;
    int batch = 20;
    double[] counts = new double[p.length];
    for (int step = 0; step < steps; step++) {
      for (int t : sampler.draw(1, PURPOSE, step, batch).t()) {
        counts[t - 1]++;
      }
    }
    int n = steps * batch;
    for (int k = 0; k < p.length; k++) {
      assertEquals(
          p[k],
          counts[k] / n,
          ONE_IN_A_MILLION * Math.sqrt(p[k] * (1 - p[k]) / n),
          "timestep " + (k + 1));
    }
  }
}
