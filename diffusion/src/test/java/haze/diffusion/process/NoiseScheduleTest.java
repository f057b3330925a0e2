package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseScheduleTest {
  // Published values are given to ten digits, counted from 0: their index 500 is t = 501.
  private static final double TEN_DIGITS = 1e-9;

  /// Distances of float32 from float64 for the tables of which the files say nothing: found by an
  /// independent program in double, at most 2.36e-7 and 2.712e-5 (exp, whose alphaBar is smallest).
  private static final Map<String, Double> NOT_GIVEN =
      Map.of(
          "f32_vs_f64_max_rel_diff_betas",
          2.4e-7,
          "f32_vs_f64_max_rel_diff_alphas_cumprod",
          2.72e-5);

  @Test
  void theLinearScheduleHasThePublishedValues() {
    NoiseSchedule linear = NoiseSchedule.linear(1000);
    assertEquals(1e-4, linear.beta(1), 1e-18);
    assertEquals(0.02, linear.beta(1000), 1e-16);
    assertEquals(.07779665837, linear.alphaBar(501), .07779665837 * TEN_DIGITS);
    assertEquals(4.035829765e-5, linear.alphaBar(1000), 4.035829765e-5 * TEN_DIGITS);
  }

  @Test
  void theCosineScheduleHasThePublishedValues() {
    NoiseSchedule cosine = NoiseSchedule.cosine(1000);
    assertEquals(4.128422482e-5, cosine.beta(1), 4.128422482e-5 * TEN_DIGITS);
    assertEquals(.4922851724, cosine.alphaBar(501), .4922851724 * TEN_DIGITS);
    assertEquals(0.999, cosine.beta(1000), 0);
  }

  @Test
  void theLinearScheduleForAnotherLengthEndsWithAboutTheSameNoise() {
    assertEquals(20 * 1e-4, NoiseSchedule.linear(50).beta(1), 1e-16);
    assertEquals(20 * 0.02, NoiseSchedule.linear(50).beta(50), 1e-16);
    double end = NoiseSchedule.linear(1000).alphaBar(1000);
    double shorterEnd = NoiseSchedule.linear(250).alphaBar(250);
    assertTrue(shorterEnd > end / 3 && shorterEnd < end * 3, shorterEnd + " and " + end);
  }

  /// The files hold float32 tables and how far they are from float64; our double tables must be as
  /// far and no further. The factor allows for the rounding of that figure and of the sum in betas.
  @ParameterizedTest
  @MethodSource("schedulesOfDiffusers")
  void betasAndAlphaBarsAreThoseOfDiffusers(String key, NoiseSchedule schedule) {
    Map<?, ?> differences =
        (Map<?, ?>) GoldenFiles.json("schedulers/betas").getOrDefault(key, NOT_GIVEN);
    double betaTolerance = (Double) differences.get("f32_vs_f64_max_rel_diff_betas") * 1.001;
    double alphaBarTolerance =
        (Double) differences.get("f32_vs_f64_max_rel_diff_alphas_cumprod") * 1.001;
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/betas");
    Tensor betas = golden.get(key + "/betas");
    Tensor alphaBars = golden.get(key + "/alphas_cumprod");
    assertEquals(betas.size(), schedule.timesteps());
    for (int t = 1; t <= betas.size(); t++) {
      double beta = schedule.beta(t);
      double alphaBar = schedule.alphaBar(t);
      assertEquals(betas.get(t - 1), beta, beta * betaTolerance, "beta at " + t);
      assertEquals(
          alphaBars.get(t - 1), alphaBar, alphaBar * alphaBarTolerance, "alphaBar at " + t);
    }
  }

  static Stream<Arguments> schedulesOfDiffusers() {
    Map<String, NoiseSchedule> schedules = new HashMap<>();
    for (int timesteps : new int[] {10, 50, 100, 1000}) {
      String range = ".T" + timesteps + ".0.0001-0.02";
      schedules.put("linear" + range, NoiseSchedule.linear(timesteps, 1e-4, 0.02));
      schedules.put("squaredcos_cap_v2" + range, NoiseSchedule.cosine(timesteps));
    }
    String range = ".T1000.0.0001-0.02";
    schedules.put("scaled_linear" + range, NoiseSchedule.scaledLinear(1000, 1e-4, 0.02));
    schedules.put("sigmoid" + range, NoiseSchedule.sigmoidBetas(1000, 1e-4, 0.02));
    schedules.put("laplace" + range, NoiseSchedule.laplace(1000));
    for (String name :
        new String[] {"linear", "squaredcos_cap_v2", "scaled_linear", "sigmoid", "laplace"}) {
      schedules.put(name + range + ".zsnr", schedules.get(name + range).withZeroTerminalSnr());
    }
    range = ".T1000.0.00085-0.012";
    schedules.put("linear" + range, NoiseSchedule.linear(1000, 0.00085, 0.012));
    schedules.put("scaled_linear" + range, NoiseSchedule.scaledLinear(1000, 0.00085, 0.012));
    schedules.put("exp" + range, NoiseSchedule.exponential(1000));
    assertEquals(GoldenFiles.tensors("schedulers/betas").size(), 2 * schedules.size());
    return schedules.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  @Test
  void theLogSnrFallsInEvenSteps() {
    for (int timesteps : new int[] {2, 37, 1000}) {
      NoiseSchedule schedule = NoiseSchedule.logSnr(timesteps);
      double step = 20.3 / (timesteps - 1);
      for (int t = 1; t <= timesteps; t++) {
        // 1 - alphaBar is 2e-6 at t = 1, of which double keeps ten digits.
        assertEquals(13.3 - (t - 1) * step, Math.log(schedule.snr(t)), 1e-8, "t = " + t);
      }
    }
    assertEquals(-7, Math.log(NoiseSchedule.logSnr(1).snr(1)), 1e-12);
  }

  /// Its ends are for images of 256 levels: nearly all of them can be read at t = 1, and nothing of
  /// the image is left at T.
  @Test
  void theEndsOfTheLogSnrAreNextToALevelAndToNoise() {
    NoiseSchedule schedule = NoiseSchedule.logSnr(1000);
    double wrong = 2 * StandardNormal.cdf(-1.0 / 255 / schedule.sigma(1));
    assertTrue(wrong > 0.001 && wrong < 0.004, "read as another level: " + wrong);
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                schedule, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 1, false));
    double prior = VariationalBound.bitsPerDimension(bound.prior(new double[] {-1}), 1);
    assertTrue(prior > 0 && prior < 0.001, "L_T: " + prior);
    Tensor noise = new Rng(1, 2, 3, 4).normal(Tensor.zeros(25_600));
    double blind = 0;
    double seeing = 0;
    for (int k = 0; k < noise.size(); k++) {
      double[] x0 = {2.0 * (k % 256) / 255 - 1};
      double z = noise.get(k);
      double[] x1 = {
        Math.sqrt(schedule.alphaBar(1)) * x0[0] + Math.sqrt(1 - schedule.alphaBar(1)) * z
      };
      blind += bound.decoder(x0, x1, new double[] {0}) / noise.size();
      seeing += bound.decoder(x0, x1, new double[] {z}) / noise.size();
    }
    double[] bits = {
      VariationalBound.bitsPerDimension(blind, 1), VariationalBound.bitsPerDimension(seeing, 1)
    };
    assertTrue(bits[0] > 0.04 && bits[0] < 0.06, "L_0 of x_1 for the image: " + bits[0]);
    assertTrue(bits[1] > 0.003 && bits[1] < 0.004, "L_0 of the image itself: " + bits[1]);
  }

  @Test
  void theSigmoidOfAlphaBarIsAnotherScheduleThanTheSigmoidOfBeta() {
    NoiseSchedule ofAlphaBar = NoiseSchedule.sigmoid(1000);
    // By symmetry half of the power is left half way; the cap spares a thousandth of the last step.
    assertEquals(0.5, ofAlphaBar.alphaBar(500), 1e-12);
    assertEquals(
        (sigmoid(3) - sigmoid(-1.5)) / (sigmoid(3) - sigmoid(-3)), ofAlphaBar.alphaBar(250), 1e-12);
    assertEquals(0.999, ofAlphaBar.beta(1000), 0);
    NoiseSchedule ofBeta = NoiseSchedule.sigmoidBetas(1001, 1e-4, 0.02);
    assertEquals((1e-4 + 0.02) / 2, ofBeta.beta(501), 1e-15);
    assertEquals(1e-4 + (0.02 - 1e-4) * sigmoid(-6), ofBeta.beta(1), 1e-15);
  }

  @Test
  void zeroTerminalSnrLeavesNothingOfTheImage() {
    NoiseSchedule linear = NoiseSchedule.linear(1000);
    NoiseSchedule bent = linear.withZeroTerminalSnr();
    assertEquals(0, bent.alphaBar(1000), 0);
    assertEquals(1, bent.beta(1000), 0);
    assertEquals(0, bent.alpha(1000), 0);
    assertEquals(0, bent.snr(1000), 0);
    assertEquals(Double.POSITIVE_INFINITY, bent.sigma(1000), 0);
    assertEquals(linear.beta(1), bent.beta(1), 1e-15);
    // Eq. 14 of the paper: the root of alphaBar is moved and stretched.
    double stretch =
        (Math.sqrt(bent.alphaBar(1)) - Math.sqrt(bent.alphaBar(300)))
            / (Math.sqrt(linear.alphaBar(1)) - Math.sqrt(linear.alphaBar(300)));
    for (int t = 2; t < 1000; t++) {
      assertEquals(
          stretch * (Math.sqrt(linear.alphaBar(t)) - Math.sqrt(linear.alphaBar(1000))),
          Math.sqrt(bent.alphaBar(t)),
          1e-13);
    }
    NoiseSchedule respaced = bent.respaced(1, 500, 1000);
    assertEquals(1, respaced.beta(3), 0);
    // At T the step back starts afresh from the predicted x0: x_T tells nothing.
    Posterior posterior = new Posterior(bent);
    assertEquals(0, posterior.xtCoefficient(1000), 0);
    assertEquals(Math.sqrt(bent.alphaBar(999)), posterior.x0Coefficient(1000), 0);
    assertEquals(1 - bent.alphaBar(999), posterior.variance(1000), 0);
  }

  @Test
  void karrasSigmasFallInEvenStepsOfTheirSeventhRoot() {
    double[] sigmas = Sigmas.karras(18, 0.002, 80);
    assertEquals(80, sigmas[0], 80 * 1e-14);
    assertEquals(0.002, sigmas[17], 0.002 * 1e-13);
    // The second of EDM's 18 levels, computed apart: (80^(1/7) + (0.002^(1/7) - 80^(1/7)) / 17)^7.
    assertEquals(57.58598, sigmas[1], 1e-4);
    for (int i = 1; i < 17; i++) {
      assertEquals(
          2 * Math.pow(sigmas[i], 1.0 / 7),
          Math.pow(sigmas[i - 1], 1.0 / 7) + Math.pow(sigmas[i + 1], 1.0 / 7),
          1e-14);
    }
    assertArrayEquals(new double[] {80}, Sigmas.karras(1, 0.002, 80), 80 * 1e-14);
    NoiseSchedule schedule = NoiseSchedule.karras(18, 0.002, 80);
    for (int t = 1; t <= 18; t++) {
      // 1 - alphaBar = 4e-6 at the first level, of which 2^-53 is 3e-11.
      assertEquals(sigmas[18 - t], schedule.sigma(t), sigmas[18 - t] * 1e-10);
    }
  }

  @Property(tries = 50)
  void noiseLevelsAndRatiosAreWaysToSayAlphaBar(@ForAll @IntRange(min = 1, max = 1000) int t) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    assertEquals(schedule.alphaBar(t), Sigmas.alphaBar(schedule.sigma(t)), 1e-15);
    assertEquals(schedule.snr(t), 1 / Math.pow(schedule.sigma(t), 2), schedule.snr(t) * 1e-14);
    assertTrue(schedule.snr(t) < schedule.snr(t - 1));
  }

  @Test
  void aRespacedScheduleHasTheBetasOfImprovedDiffusion() {
    Map<String, Tensor> golden = GoldenFiles.tensors("posterior/pieces");
    Map<String, Object> timesteps = GoldenFiles.json("posterior/pieces");
    for (String spacing : new String[] {"50", "ddim50", "10,10,10"}) {
      String key = "respace.linear.T1000." + spacing;
      int[] chosen =
          Arrays.stream(GoldenFiles.integers(timesteps.get(key + "/timestep_map")))
              .map(index -> index + 1)
              .toArray();
      NoiseSchedule respaced = NoiseSchedule.linear(1000).respaced(chosen);
      Tensor betas = golden.get(key + "/betas");
      assertEquals(betas.size(), respaced.timesteps());
      for (int k = 1; k <= chosen.length; k++) {
        // Computed in float64 there and stored as float32; 1 - ratio loses eps / beta in double.
        assertEquals(betas.get(k - 1), respaced.beta(k), respaced.beta(k) * 0x1p-24 + 1e-15);
        assertEquals(NoiseSchedule.linear(1000).alphaBar(chosen[k - 1]), respaced.alphaBar(k), 0);
      }
    }
  }

  @Property
  void choosingEveryTimestepChangesNothing(
      @ForAll @Size(min = 1, max = 40)
          List<@DoubleRange(min = 1e-3, max = .9) @Scale(6) Double> betas) {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(betas.stream().mapToDouble(b -> b).toArray());
    NoiseSchedule same = schedule.respaced(IntStream.rangeClosed(1, betas.size()).toArray());
    for (int t = 1; t <= betas.size(); t++) {
      assertEquals(betas.get(t - 1), schedule.beta(t), 0);
      assertEquals(schedule.beta(t), same.beta(t), 1e-15);
      assertEquals(schedule.alphaBar(t), same.alphaBar(t), 0);
    }
  }

  @Property(tries = 50)
  void whatIsLeftOfTheImageFallsFromOneAndTheNoiseGrows(
      @ForAll @IntRange(min = 21, max = 2000) int timesteps) {
    for (NoiseSchedule schedule :
        new NoiseSchedule[] {NoiseSchedule.linear(timesteps), NoiseSchedule.cosine(timesteps)}) {
      assertEquals(1, schedule.alphaBar(0), 0);
      for (int t = 1; t <= timesteps; t++) {
        assertEquals(1 - schedule.beta(t), schedule.alpha(t), 0);
        assertTrue(schedule.alphaBar(t) > 0 && schedule.alphaBar(t) < schedule.alphaBar(t - 1));
        assertTrue(t == 1 || schedule.beta(t) >= schedule.beta(t - 1));
      }
    }
  }

  private static double sigmoid(double a) {
    return 1 / (1 + Math.exp(-a));
  }

  @Test
  void aSchedulePrintsItsLengthAndItsEnds() {
    assertEquals(
        "NoiseSchedule[T = 1000, beta 0.000100 .. 0.0200, alphaBar 1.00 .. 4.04e-05]",
        NoiseSchedule.linear(1000).toString());
    assertEquals(
        "NoiseSchedule[T = 2, beta 0.500 .. 1.00, alphaBar 0.500 .. 0.00]",
        NoiseSchedule.ofBetas(0.5, 1).toString());
  }

  @Test
  void wrongArgumentsAreNamed() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    assertMessage("noise schedule: timestep 0 is not in 1..1000", () -> schedule.beta(0));
    assertMessage("noise schedule: timestep 1001 is not in 1..1000", () -> schedule.alpha(1001));
    assertMessage("noise schedule: timestep -1 is not in 0..1000", () -> schedule.alphaBar(-1));
    assertMessage("noise schedule: not a positive length: 0", () -> NoiseSchedule.linear(0));
    assertMessage("noise schedule: not a positive length: 0", NoiseSchedule::ofBetas);
    assertMessage(
        "noise schedule: beta 1.5 at t = 2 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(.5, 1.5));
    assertMessage(
        "noise schedule: beta NaN at t = 1 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(Double.NaN));
    assertMessage(
        "noise schedule: beta 1.0 at t = 1 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(1, .5));
    assertMessage(
        "noise schedule: beta 0.0 at t = 2 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(.1, 0));
    assertMessage(
        "zero terminal SNR: the schedule has a single timestep",
        () -> NoiseSchedule.ofBetas(.1).withZeroTerminalSnr());
    assertMessage(
        "Karras sigmas: expected 0 < min < max: 0.0 and 80.0", () -> Sigmas.karras(10, 0, 80));
    assertMessage("Karras sigmas: not a positive number: 0", () -> Sigmas.karras(0, 1, 80));
    assertMessage(
        "noise schedule: timesteps do not rise within 1..1000: [3, 3]",
        () -> schedule.respaced(3, 3));
    assertMessage(
        "noise schedule: timesteps do not rise within 1..1000: [1001]",
        () -> schedule.respaced(1001));
    assertMessage("noise schedule: no timesteps chosen", schedule::respaced);
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
