package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoiseScheduleTest {
  // Published values are given to ten digits, counted from 0: their index 500 is t = 501.
  private static final double TEN_DIGITS = 1e-9;

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

  /// The files hold float32 tables and how far they are from float64; our double tables must be as far
  /// and no further. The factor allows for the rounding of that figure and of the sum in betas.
  @ParameterizedTest
  @CsvSource({"linear, 1000", "linear, 10", "linear, 50", "linear, 100",
      "squaredcos_cap_v2, 1000", "squaredcos_cap_v2, 10", "squaredcos_cap_v2, 50",
      "squaredcos_cap_v2, 100", "scaled_linear, 1000"})
  void betasAndAlphaBarsAreThoseOfDiffusers(String name, int timesteps) {
    NoiseSchedule schedule = switch (name) {
      case "linear" -> NoiseSchedule.linear(timesteps, 1e-4, 0.02);
      case "scaled_linear" -> NoiseSchedule.scaledLinear(timesteps, 1e-4, 0.02);
      default -> NoiseSchedule.cosine(timesteps);
    };
    String key = name + ".T" + timesteps + ".0.0001-0.02";
    Map<?, ?> differences = (Map<?, ?>) GoldenFiles.json("schedulers/betas").get(key);
    double betaTolerance = (Double) differences.get("f32_vs_f64_max_rel_diff_betas") * 1.001;
    double alphaBarTolerance = (Double) differences.get("f32_vs_f64_max_rel_diff_alphas_cumprod")
        * 1.001;
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/betas");
    Tensor betas = golden.get(key + "/betas");
    Tensor alphaBars = golden.get(key + "/alphas_cumprod");
    assertEquals(timesteps, schedule.timesteps());
    assertEquals(timesteps, betas.size());
    for (int t = 1; t <= timesteps; t++) {
      double beta = schedule.beta(t);
      double alphaBar = schedule.alphaBar(t);
      assertEquals(betas.get(t - 1), beta, beta * betaTolerance, "beta at " + t);
      assertEquals(alphaBars.get(t - 1), alphaBar, alphaBar * alphaBarTolerance,
          "alphaBar at " + t);
    }
  }

  @Test
  void betasOfLatentDiffusionAreThoseOfDiffusers() {
    NoiseSchedule schedule = NoiseSchedule.scaledLinear(1000, 0.00085, 0.012);
    Tensor betas = GoldenFiles.tensors("schedulers/betas")
        .get("scaled_linear.T1000.0.00085-0.012/betas");
    for (int t = 1; t <= 1000; t++) {
      assertEquals(betas.get(t - 1), schedule.beta(t), schedule.beta(t) * 1e-6);
    }
  }

  @Test
  void aRespacedScheduleHasTheBetasOfImprovedDiffusion() {
    Map<String, Tensor> golden = GoldenFiles.tensors("posterior/pieces");
    Map<String, Object> timesteps = GoldenFiles.json("posterior/pieces");
    for (String spacing : new String[]{"50", "ddim50", "10,10,10"}) {
      String key = "respace.linear.T1000." + spacing;
      int[] chosen = Arrays.stream(GoldenFiles.integers(timesteps.get(key + "/timestep_map")))
          .map(index -> index + 1).toArray();
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
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 1e-3, max = .9) @Scale(6) Double> betas) {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(betas.stream().mapToDouble(b -> b).toArray());
    NoiseSchedule same = schedule.respaced(IntStream.rangeClosed(1, betas.size()).toArray());
    for (int t = 1; t <= betas.size(); t++) {
      assertEquals(betas.get(t - 1), schedule.beta(t), 0);
      assertEquals(schedule.beta(t), same.beta(t), 1e-15);
      assertEquals(schedule.alphaBar(t), same.alphaBar(t), 0);
    }
  }

  @Property(tries = 50)
  void whatIsLeftOfThePictureFallsFromOneAndTheNoiseGrows(
      @ForAll @IntRange(min = 21, max = 2000) int timesteps) {
    for (NoiseSchedule schedule : new NoiseSchedule[]{NoiseSchedule.linear(timesteps),
        NoiseSchedule.cosine(timesteps)}) {
      assertEquals(1, schedule.alphaBar(0), 0);
      for (int t = 1; t <= timesteps; t++) {
        assertEquals(1 - schedule.beta(t), schedule.alpha(t), 0);
        assertTrue(schedule.alphaBar(t) > 0 && schedule.alphaBar(t) < schedule.alphaBar(t - 1));
        assertTrue(t == 1 || schedule.beta(t) >= schedule.beta(t - 1));
      }
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    assertMessage("noise schedule: timestep 0 is not in 1..1000", () -> schedule.beta(0));
    assertMessage("noise schedule: timestep 1001 is not in 1..1000", () -> schedule.alpha(1001));
    assertMessage("noise schedule: timestep -1 is not in 0..1000", () -> schedule.alphaBar(-1));
    assertMessage("noise schedule: not a positive length: 0", () -> NoiseSchedule.linear(0));
    assertMessage("noise schedule: not a positive length: 0", NoiseSchedule::ofBetas);
    assertMessage("noise schedule: beta 1.5 at t = 2 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(.5, 1.5));
    assertMessage("noise schedule: beta NaN at t = 1 is not between 0 and 1",
        () -> NoiseSchedule.ofBetas(Double.NaN));
    assertMessage("noise schedule: timesteps do not rise within 1..1000: [3, 3]",
        () -> schedule.respaced(3, 3));
    assertMessage("noise schedule: timesteps do not rise within 1..1000: [1001]",
        () -> schedule.respaced(1001));
    assertMessage("noise schedule: no timesteps chosen", schedule::respaced);
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
