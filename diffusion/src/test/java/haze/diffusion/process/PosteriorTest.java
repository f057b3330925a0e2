package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PosteriorTest {
  @Test
  void theVarianceHasThePublishedValue() {
    // Given to ten digits, for index 1 counted from 0.
    assertEquals(5.453187661e-5, new Posterior(NoiseSchedule.linear(1000)).variance(2), 1e-14);
  }

  /// diffusers computes `1 - alphaBar` and `beta = 1 - alphaBar_t / alphaBar_{t-1}` in float32:
  /// each is off by some 2^-23, which matters where they are small.
  @Test
  void bothVariancesAreThoseOfDiffusers() {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/add_noise");
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    for (int t = 1; t <= 1000; t++) {
      double rounding =
          0x1p-22
              * (1 / schedule.beta(t)
                  + 1 / (1 - schedule.alphaBar(t))
                  + (t == 1 ? 0 : 1 / (1 - schedule.alphaBar(t - 1))));
      double small = ReverseVariance.FIXED_SMALL.at(t, schedule);
      double large = ReverseVariance.FIXED_LARGE.at(t, schedule);
      // There the variance, 0 at the first timestep, is never less than 1e-20.
      assertEquals(
          golden.get("ddpm.linear._get_variance.fixed_small").get(t - 1),
          Math.max(small, 1e-20),
          small * rounding + 1e-26,
          "small at " + t);
      assertEquals(
          golden.get("ddpm.linear._get_variance.fixed_large").get(t - 1),
          large,
          large * rounding,
          "large at " + t);
    }
  }

  @Test
  void meanAndVarianceAreThoseOfImprovedDiffusion() {
    Map<String, Tensor> golden = GoldenFiles.tensors("posterior/pieces");
    Map<String, Object> timesteps = GoldenFiles.json("posterior/pieces");
    Tensor x0 = GoldenFiles.images(golden.get("x_start"));
    for (String name : new String[] {"linear", "cosine"}) {
      NoiseSchedule schedule =
          name.equals("linear") ? NoiseSchedule.linear(1000) : NoiseSchedule.cosine(1000);
      String key = "q_posterior." + name + ".T1000";
      int[] t =
          Arrays.stream(GoldenFiles.integers(timesteps.get(key + ".t")))
              .map(index -> index + 1)
              .toArray();
      Tensor epsilon = GoldenFiles.images(golden.get(key + ".noise"));
      Tensor xt = new ForwardProcess(schedule).addNoise(x0, epsilon, t);
      Posterior posterior = new Posterior(schedule);
      // Elements are below 4; two coefficients, two products and a sum are rounded to float32.
      float tolerance = 4 * 5 * 0x1p-24f;
      assertArrayEquals(golden.get(key + ".x_t").toArray(), xt.toArray(), tolerance);
      assertArrayEquals(
          golden.get(key + ".mean").toArray(), posterior.mean(x0, xt, t).toArray(), tolerance);
      for (int i = 0; i < t.length; i++) {
        double variance = posterior.variance(t[i]);
        assertEquals(golden.get(key + ".variance").get(i), variance, variance * 0x1p-23);
      }
    }
  }

  /// Bayes' rule without the closed form: the product of two normal densities in `x_{t-1}` adds
  /// their precisions, and weighs each mean with its own.
  @Property
  void itIsTheProductOfTheStepAndTheJump(
      @ForAll @Size(min = 2, max = 30)
          List<@DoubleRange(min = 1e-3, max = .9) @Scale(6) Double> betas,
      @ForAll @DoubleRange(min = -1, max = 1) double x0,
      @ForAll @DoubleRange(min = -3, max = 3) double xt) {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(betas.stream().mapToDouble(b -> b).toArray());
    Posterior posterior = new Posterior(schedule);
    for (int t = 2; t <= betas.size(); t++) {
      // q(x_t | x_{t-1}) as a function of x_{t-1}: around x_t / sqrt(alpha), variance beta / alpha.
      double stepPrecision = schedule.alpha(t) / schedule.beta(t);
      double stepMean = xt / Math.sqrt(schedule.alpha(t));
      // q(x_{t-1} | x_0).
      double imagePrecision = 1 / (1 - schedule.alphaBar(t - 1));
      double imageMean = Math.sqrt(schedule.alphaBar(t - 1)) * x0;
      double precision = stepPrecision + imagePrecision;
      double mean = (stepPrecision * stepMean + imagePrecision * imageMean) / precision;
      assertEquals(1 / precision, posterior.variance(t), 1e-12);
      assertEquals(mean, posterior.x0Coefficient(t) * x0 + posterior.xtCoefficient(t) * xt, 1e-11);
    }
  }

  @Test
  void theFirstTimestepLeadsToTheImageItself() {
    Posterior posterior = new Posterior(NoiseSchedule.linear(1000));
    assertEquals(0, posterior.variance(1), 0);
    assertEquals(0, posterior.xtCoefficient(1), 0);
    assertEquals(1, posterior.x0Coefficient(1), 1e-12);
  }

  @Property(tries = 50)
  void knowingTheImageNeverAddsVariance(@ForAll @IntRange(min = 1, max = 1000) int t) {
    for (NoiseSchedule schedule :
        new NoiseSchedule[] {NoiseSchedule.linear(1000), NoiseSchedule.cosine(1000)}) {
      assertTrue(
          ReverseVariance.FIXED_SMALL.at(t, schedule)
              < ReverseVariance.FIXED_LARGE.at(t, schedule));
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    Posterior posterior = new Posterior(NoiseSchedule.linear(100));
    Tensor x = Tensor.zeros(3, 2, 2, 1);
    assertMessage("noise schedule: timestep 0 is not in 1..100", () -> posterior.variance(0));
    assertMessage("noise schedule: timestep 0 is not in 1..100", () -> posterior.mean(x, x, 0));
    assertMessage("noise schedule: timestep 101 is not in 1..100", () -> posterior.mean(x, x, 101));
    assertMessage(
        "posterior mean: 2 timesteps for images [3, 2, 2, 1]", () -> posterior.mean(x, x, 1, 2));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
