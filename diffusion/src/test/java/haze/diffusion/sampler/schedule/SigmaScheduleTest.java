package haze.diffusion.sampler.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SigmaScheduleTest {
  private static final NoiseSchedule LINEAR = NoiseSchedule.linear(1000);

  private static SigmaSchedule linspace(NoiseSchedule schedule) {
    return new SigmaSchedule(schedule, TimestepSpacing.LINSPACE, 0, SigmaSpacing.TIMESTEPS, true);
  }

  /// A picture at full strength with noise added, at two timesteps of ten.
  @Test
  void theLevelsAreThoseOfDiffusers() {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/add_noise");
    assertLevels(golden, "euler.n10.add_noise", linspace(LINEAR).euler(10), 222, 666, true);
    assertLevels(golden, "heun.n10.add_noise", linspace(LINEAR).euler(10), 555, 777, true);
    assertLevels(
        golden,
        "dpmsolver.n10.add_noise",
        linspace(LINEAR).dpmSolver(10, Double.NEGATIVE_INFINITY, true),
        300,
        699,
        false);
    assertLevels(
        golden,
        "flow.shift3.n10.scale_noise",
        SamplingSchedule.flow(1000, 10, 3),
        464.87604,
        857.6923,
        false);
  }

  private static void assertLevels(
      Map<String, Tensor> golden,
      String name,
      SamplingSchedule schedule,
      double first,
      double second,
      boolean fullStrength) {
    Tensor x0 = GoldenFiles.images(golden.get("original"));
    Tensor noise = GoldenFiles.images(golden.get("noise"));
    Tensor expected = GoldenFiles.images(golden.get(name));
    double[] timesteps = {first, second};
    for (int i = 0; i < 2; i++) {
      double wanted = timesteps[i];
      int step =
          IntStream.range(0, schedule.steps())
              .filter(k -> Math.abs(schedule.timestep(k) - wanted) < 1e-3)
              .findFirst()
              .orElseThrow();
      NoiseLevel level = schedule.level(step);
      float strength = (float) (fullStrength ? 1 / level.signal() : 1);
      // Relative rounding of float32 tables; sigma is up to 10.
      assertArrayEquals(
          expected.at(i).toArray(),
          level.mix(x0.at(i), noise.at(i)).times(strength).toArray(),
          2e-5f,
          name);
    }
  }

  /// The initial noise of diffusers' Euler and Heun is sigma of the first level for linspace and
  /// trailing, and `sqrt(sigma^2 + 1)` for leading, in images that are divided by that root.
  @ParameterizedTest
  @EnumSource
  void onlyLeadingSpacingBeginsWithNoiseOfFullStrength(TimestepSpacing spacing) {
    SamplingSchedule schedule =
        new SigmaSchedule(LINEAR, spacing, 0, SigmaSpacing.TIMESTEPS, true).euler(10);
    double sigma = schedule.level(0).sigma();
    assertEquals(spacing == TimestepSpacing.LEADING ? 60.822 : 157.407, sigma, 1e-2);
    assertEquals(
        spacing == TimestepSpacing.LEADING ? 1 : sigma / Math.sqrt(sigma * sigma + 1),
        schedule.initialNoise(),
        1e-12);
  }

  /// Euler's range is that of the spaced timesteps, or a given one; DPM-Solver's is the whole
  /// table.
  @Test
  void chosenLevelsLieWithinTheirRange() {
    for (SigmaSpacing spacing :
        new SigmaSpacing[] {SigmaSpacing.KARRAS, SigmaSpacing.EXPONENTIAL}) {
      SigmaSchedule leading = new SigmaSchedule(LINEAR, TimestepSpacing.LEADING, 0, spacing, true);
      SamplingSchedule euler = leading.euler(10);
      assertEquals(60.822, euler.level(0).sigma(), 1e-2);
      assertEquals(0.0100005, euler.level(9).sigma(), 1e-6);
      assertEquals(900, euler.timestep(0), 1e-6);
      SamplingSchedule given = leading.euler(10, 0.1, 50);
      assertEquals(50, given.level(0).sigma(), 1e-9);
      assertEquals(0.1, given.level(9).sigma(), 1e-9);
      assertEquals(NoiseLevel.CLEAN, given.level(10));
      SamplingSchedule dpm = leading.dpmSolver(10, Double.NEGATIVE_INFINITY, true);
      assertEquals(157.407, dpm.level(0).sigma(), 1e-2);
      assertEquals(999, dpm.timestep(0));
      assertEquals(0, dpm.timestep(9));
      SamplingSchedule within = leading.dpmSolver(10, Double.NEGATIVE_INFINITY, true, 0.1, 50);
      assertEquals(50, within.level(0).sigma(), 1e-9);
      assertEquals(0.1, within.level(9).sigma(), 1e-9);
    }
  }

  @Test
  void aScheduleWithoutSignalAtTheEndHasAFiniteSigma() {
    SamplingSchedule schedule = linspace(LINEAR.withZeroTerminalSnr()).euler(10);
    assertEquals(4096, schedule.level(0).sigma(), 1e-3);
  }

  @Property(tries = 200)
  void theTimestepOfALevelIsTheOneThatHasIt(@ForAll @IntRange(min = 0, max = 999) int timestep) {
    SigmaTable table = new SigmaTable(LINEAR);
    assertEquals(timestep, table.timestep(table.sigma(timestep)), 1e-9);
    if (timestep < 999) {
      double between = table.timestep(table.sigma(timestep + 0.5));
      assertTrue(between > timestep && between < timestep + 1);
    }
  }

  /// Karras et al. 2022, algorithm 1, and Euler's method, as they are written down: for a picture
  /// of full strength, in double.
  @ParameterizedTest
  @EnumSource
  void eulerAndHeunAreThePapersAlgorithms(Prediction prediction) {
    Clip clip = new Clip.ToRange(0.8f);
    Denoiser denoiser =
        Parameterization.of(prediction, clip)
            .denoiser((x, timestep) -> x.times((float) (0.3 + timestep / 2000)));
    SamplingSchedule schedule = linspace(LINEAR).euler(12);
    for (boolean heun : new boolean[] {false, true}) {
      Sampler sampler = heun ? new HeunSampler(schedule) : new EulerSampler(schedule);
      Tensor noise = new Rng(1, 0, 0, 0).normal(Tensor.zeros(1, 2, 2, 1));
      var state = Sampler.State.start(noise.times((float) schedule.initialNoise()));
      double[] expected = new double[4];
      for (int k = 0; k < 4; k++) {
        expected[k] = state.xt().toArray()[k] / schedule.level(0).signal();
      }
      for (int i = 0; i < schedule.steps(); i++) {
        state = sampler.step(i, state, denoiser, draw -> noise);
        double sigma = schedule.level(i).sigma();
        double next = schedule.level(i + 1).sigma();
        for (int k = 0; k < 4; k++) {
          double x = expected[k];
          double d = (x - guess(prediction, x, sigma, schedule.timestep(i))) / sigma;
          double tried = x + (next - sigma) * d;
          if (heun && next > 0) {
            double ahead =
                (tried - guess(prediction, tried, next, schedule.timestep(i + 1))) / next;
            tried = x + (next - sigma) * (d + ahead) / 2;
          }
          expected[k] = tried;
          assertEquals(expected[k] * schedule.level(i + 1).signal(), state.xt().toArray()[k], 1e-5);
        }
      }
    }
  }

  /// The network above, read for a picture of full strength: it is shown `x / sqrt(sigma^2 + 1)`.
  private static double guess(Prediction prediction, double x, double sigma, double timestep) {
    double root = Math.sqrt(sigma * sigma + 1);
    double output = x / root * (0.3 + timestep / 2000);
    double x0 =
        switch (prediction) {
          case EPSILON -> x - sigma * output;
          case X0 -> output;
          case V -> -output * sigma / root + x / (sigma * sigma + 1);
        };
    return Math.clamp(x0, -0.8, 0.8);
  }

  @Test
  void tooManyStepsAreNamed() {
    assertEquals(
        "timestep spacing: 1000 steps are not in 1..999",
        assertThrows(
                IllegalArgumentException.class,
                () -> linspace(LINEAR).dpmSolver(1000, Double.NEGATIVE_INFINITY, true))
            .getMessage());
    assertEquals(
        "timestep spacing: 0 steps are not in 1..1000",
        assertThrows(IllegalArgumentException.class, () -> linspace(LINEAR).euler(0)).getMessage());
  }
}
