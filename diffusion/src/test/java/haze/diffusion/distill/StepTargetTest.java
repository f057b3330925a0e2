package haze.diffusion.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepTargetTest {
  private static final int T = 1000;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(T);
  private static final double VARIANCE = 0.3;

  private final Tensor xt = new Rng(1, 2, 3, 4).normal(Tensor.zeros(2, 3, 3, 1));

  private static NoiseLevel level(int t) {
    return t == 0 ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(SCHEDULE.alphaBar(t));
  }

  /// Of data from N(0, VARIANCE) the mean of `x_0` is known: `x_0 = a V / (a^2 V + s^2) x_t`.
  private static double factor(NoiseLevel level) {
    double a = level.signal();
    double s = level.noise();
    return a * VARIANCE / (a * a * VARIANCE + s * s);
  }

  private static final Denoiser NORMAL =
      (x, level, timestep) -> new Denoised(x.times((float) factor(level)), x, Optional.empty());

  private Tensor target(int from, int to, int steps) {
    return new StepTarget(SCHEDULE).x0(NORMAL, xt, StepTarget.timesteps(from, to, steps));
  }

  /// Where one step with the target arrives.
  private double arrival(int from, int to, int steps) {
    Tensor reached = level(from).toLevel(xt, target(from, to, steps), level(to));
    return reached.data()[0] / xt.data()[0];
  }

  /// Two steps by hand, as in Salimans & Ho's algorithm 2: `x'' = a'' D' + s''/s' (x' - a' D')`.
  @Test
  void oneStepWithTheTargetArrivesWhereTheTeachersTwoDo() {
    NoiseLevel first = level(1000);
    NoiseLevel middle = level(750);
    NoiseLevel last = level(500);
    double x = xt.data()[0];
    double d = factor(first) * x;
    double x1 = middle.signal() * d + middle.noise() / first.noise() * (x - first.signal() * d);
    double d1 = factor(middle) * x1;
    double x2 = last.signal() * d1 + last.noise() / middle.noise() * (x1 - middle.signal() * d1);
    assertEquals(x2 / x, arrival(1000, 500, 2), 1e-6);
    // Solved for x_0, as there.
    double ratio = last.noise() / first.noise();
    double expected = (x2 - ratio * x) / (last.signal() - ratio * first.signal());
    assertEquals(expected, target(1000, 500, 2).data()[0], 1e-6);
  }

  @Test
  void ofOneStepItIsTheTeachersPrediction() {
    assertArrayEquals(
        xt.times((float) factor(level(600))).toArray(), target(600, 200, 1).toArray(), 1e-6f);
    assertArrayEquals(xt.times((float) factor(level(500))).toArray(), target(500, 0, 1).toArray());
  }

  /// The deterministic path keeps `x / sqrt(a^2 V + s^2)`. The error of n steps falls as 1 / n.
  @Test
  void manyStepsFollowTheDeterministicPath() {
    for (int[] ends : new int[][] {{1000, 500}, {500, 0}}) {
      double exact = Math.sqrt(variance(level(ends[1])) / variance(level(ends[0])));
      double error = Math.abs(arrival(ends[0], ends[1], 8) - exact);
      double half = Math.abs(arrival(ends[0], ends[1], 16) - exact);
      assertTrue(error > 1e-3, "" + error);
      assertEquals(2, error / half, 0.3);
    }
  }

  private static double variance(NoiseLevel level) {
    return level.signal() * level.signal() * VARIANCE + level.noise() * level.noise();
  }

  /// Where every prediction is the same image, so is the target.
  @Test
  void theWeightsAddUpToOne() {
    Denoiser constant =
        (x, level, timestep) -> new Denoised(Tensor.full(0.25f, 2, 3, 3, 1), x, Optional.empty());
    for (int to : new int[] {700, 500, 0}) {
      for (float value :
          new StepTarget(SCHEDULE).x0(constant, xt, StepTarget.timesteps(1000, to, 5)).toArray()) {
        assertEquals(0.25, value, 1e-6);
      }
    }
  }

  @Test
  void theTeacherTakesEvenStepsAndNoMoreThanThereAre() {
    assertArrayEquals(new int[] {500, 375, 250, 125, 0}, StepTarget.timesteps(500, 0, 4));
    assertArrayEquals(new int[] {5, 4, 3}, StepTarget.timesteps(5, 3, 4));
  }
}
