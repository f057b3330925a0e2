package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReverseProcessTest {
  private static final NoiseSchedule LINEAR = NoiseSchedule.linear(1000);
  private static final double[] X0 = {-.75, .5, 0, 1};
  private static final double[] EPSILON = {1, -.25, 2, .125};

  private static ReverseProcess process(Prediction prediction, ReverseVariance variance) {
    return new ReverseProcess(LINEAR, prediction, variance, 1, false);
  }

  /// The step of a network whose output is right is the posterior, whatever it predicts.
  @Property(tries = 100)
  void theMeanOfATruthfulNetworkIsThePosteriors(
      @ForAll Prediction prediction, @ForAll @IntRange(min = 2, max = 1000) int t) {
    double a = Math.sqrt(LINEAR.alphaBar(t));
    double s = Math.sqrt(1 - LINEAR.alphaBar(t));
    double[] xt = new double[4];
    double[] output = new double[4];
    for (int i = 0; i < 4; i++) {
      xt[i] = a * X0[i] + s * EPSILON[i];
      output[i] =
          switch (prediction) {
            case EPSILON -> EPSILON[i];
            case X0 -> X0[i];
            case V -> a * EPSILON[i] - s * X0[i];
          };
    }
    ReverseProcess process = process(prediction, ReverseVariance.FIXED_SMALL);
    DiagonalGaussian posterior = new Posterior(LINEAR).distribution(X0, xt, t);
    assertArrayEquals(X0, process.x0(t, xt, output), 1e-12);
    assertArrayEquals(posterior.mean(), process.step(t, xt, output).mean(), 1e-12);
    assertEquals(0, posterior.kl(process.step(t, xt, output)), 1e-15);
  }

  @Test
  void theMeanHasTheFormulaOfThePaper() {
    int t = 300;
    double[] xt = {.3, -1.2, 2, 0};
    double[] mean =
        process(Prediction.EPSILON, ReverseVariance.FIXED_SMALL).step(t, xt, EPSILON).mean();
    for (int i = 0; i < 4; i++) {
      // Ho et al. 2020, eq. 11.
      assertEquals(
          (xt[i] - LINEAR.beta(t) / Math.sqrt(1 - LINEAR.alphaBar(t)) * EPSILON[i])
              / Math.sqrt(LINEAR.alpha(t)),
          mean[i],
          1e-14);
    }
  }

  @Test
  void clippingKeepsThePredictedImageWithinTheData() {
    ReverseProcess clipped =
        new ReverseProcess(LINEAR, Prediction.X0, ReverseVariance.FIXED_LARGE, 1, true);
    double[] output = {-3, .5, 1.001, 1};
    assertArrayEquals(new double[] {-1, .5, 1, 1}, clipped.x0(7, X0, output), 0);
    assertArrayEquals(
        new Posterior(LINEAR).distribution(new double[] {-1, .5, 1, 1}, X0, 7).mean(),
        clipped.step(7, X0, output).mean(),
        0);
    assertArrayEquals(
        output, process(Prediction.X0, ReverseVariance.FIXED_LARGE).x0(7, X0, output), 0);
  }

  @Test
  void theSmallVarianceIsClippedAsInImprovedDiffusion() {
    Map<String, Tensor> golden = GoldenFiles.tensors("bound/pieces");
    int[] t = {1, 2, 1000};
    for (String name : new String[] {"linear", "cosine"}) {
      NoiseSchedule schedule = name.equals("linear") ? LINEAR : NoiseSchedule.cosine(1000);
      Tensor expected = golden.get("q_posterior." + name + ".T1000.log_variance_clipped");
      for (int i = 0; i < t.length; i++) {
        double log = ReverseVariance.FIXED_SMALL.log(t[i], schedule, 0);
        assertEquals(expected.get(i), log, Math.abs(log) * 0x1p-24);
      }
    }
  }

  /// diffusers computes in float32 and has 1e-20 where we have `beta~_2`, at the first timestep
  /// alone. Where the second step is smaller than the first, its posterior says nothing of the
  /// noise in x_1.
  @Test
  void whereBetasFallTheFirstVarianceIsThatOfTheFirstStep() {
    NoiseSchedule falling = NoiseSchedule.logSnr(1000);
    for (ReverseVariance fixed :
        new ReverseVariance[] {ReverseVariance.FIXED_SMALL, ReverseVariance.FIXED_LARGE}) {
      assertEquals(Math.log(falling.beta(1)), fixed.log(1, falling, 0), 1e-12);
      NoiseSchedule even = NoiseSchedule.ofBetas(0.01, 0.01, 0.01);
      assertEquals(
          Math.log(new Posterior(even).variance(2)), fixed.log(1, even, 0), 1e-12, "rising");
    }
    assertEquals(
        Math.log(new Posterior(falling).variance(2)),
        ReverseVariance.LEARNED_RANGE.log(1, falling, -1),
        1e-12);
  }

  @Test
  void theLearnedVarianceIsThatOfDiffusers() {
    Tensor expected =
        GoldenFiles.tensors("schedulers/add_noise")
            .get("ddpm.linear._get_variance.learned_range.v0.3");
    for (int t = 2; t <= 1000; t++) {
      double log = ReverseVariance.LEARNED_RANGE.log(t, LINEAR, 0.3);
      // beta = 1 - alphaBar_t / alphaBar_{t-1} and 1 - alphaBar are off by some 2^-23 there.
      double rounding =
          0x1p-22
              * (1 / LINEAR.beta(t)
                  + 1 / (1 - LINEAR.alphaBar(t))
                  + 1 / (1 - LINEAR.alphaBar(t - 1)));
      assertEquals(expected.get(t - 1), log, rounding + 1e-6, "at " + t);
    }
  }

  @Property(tries = 100)
  void theLearnedVarianceGoesFromTheSmallToTheLarge(
      @ForAll @IntRange(min = 2, max = 1000) int t,
      @ForAll @DoubleRange(min = -1, max = 1) double output) {
    double small = ReverseVariance.FIXED_SMALL.log(t, LINEAR, 0);
    double large = ReverseVariance.FIXED_LARGE.log(t, LINEAR, 0);
    double learned = ReverseVariance.LEARNED_RANGE.log(t, LINEAR, output);
    assertTrue(learned >= small - 1e-12 && learned <= large + 1e-12);
    assertEquals(small, ReverseVariance.LEARNED_RANGE.log(t, LINEAR, -1), 1e-14);
    assertEquals(large, ReverseVariance.LEARNED_RANGE.log(t, LINEAR, 1), 1e-14);
    assertEquals(Math.log(ReverseVariance.FIXED_SMALL.at(t, LINEAR)), small, 1e-14);
    assertEquals(Math.log(ReverseVariance.FIXED_LARGE.at(t, LINEAR)), large, 1e-14);
  }

  @Test
  void aLearnedVarianceComesAfterThePredictionOfEveryPixel() {
    ReverseProcess learned =
        new ReverseProcess(LINEAR, Prediction.EPSILON, ReverseVariance.LEARNED_RANGE, 2, false);
    double[] output = {1, -.25, -1, .5, 2, .125, 1, 0};
    double[] xt = {.3, -1.2, 2, 0};
    DiagonalGaussian step = learned.step(40, xt, output);
    assertArrayEquals(
        process(Prediction.EPSILON, ReverseVariance.FIXED_SMALL).step(40, xt, EPSILON).mean(),
        step.mean(),
        0);
    double[] shares = {-1, .5, 1, 0};
    for (int i = 0; i < 4; i++) {
      assertEquals(
          ReverseVariance.LEARNED_RANGE.log(40, LINEAR, shares[i]), step.logVariance()[i], 0);
    }
  }

  @Test
  void aChainOfOneStepHasAVariance() {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(.25);
    for (ReverseVariance variance : ReverseVariance.values()) {
      assertEquals(Math.log(.25), variance.log(1, schedule, .3), 1e-15);
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    ReverseProcess fixed = process(Prediction.V, ReverseVariance.FIXED_SMALL);
    ReverseProcess learned =
        new ReverseProcess(LINEAR, Prediction.V, ReverseVariance.LEARNED_RANGE, 3, false);
    assertMessage(
        "reverse process: 8 outputs for 4 elements of 1 channels, expected 4",
        () -> fixed.step(3, X0, new double[8]));
    assertMessage(
        "reverse process: 6 outputs for 6 elements of 3 channels, expected 12",
        () -> learned.step(3, new double[6], new double[6]));
    assertMessage(
        "reverse process: 8 outputs for 4 elements of 3 channels, expected 8",
        () -> learned.step(3, X0, new double[8]));
    assertMessage("noise schedule: timestep 0 is not in 1..1000", () -> fixed.step(0, X0, EPSILON));
    assertMessage(
        "reverse process: 0 channels",
        () -> new ReverseProcess(LINEAR, Prediction.V, ReverseVariance.FIXED_SMALL, 0, false));
    assertMessage(
        "reverse variance: LEARNED_RANGE is not fixed, it depends on the network's output",
        () -> ReverseVariance.LEARNED_RANGE.at(3, LINEAR));
    assertMessage(
        "variational bound: at t = 1 there is no KL, but L_0",
        () -> new VariationalBound(fixed).transition(1, X0, X0, EPSILON));
    assertMessage(
        "posterior: lengths differ: 4 and 1",
        () -> new Posterior(LINEAR).distribution(X0, new double[1], 3));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
