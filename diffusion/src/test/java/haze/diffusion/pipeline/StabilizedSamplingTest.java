package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.editing.DdimInversion;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaTable;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// All samplers but LCM, which is for other networks, on the default run's schedule, whose sigma at
/// the end is 20291, with a network that is not quite right.
class StabilizedSamplingTest {
  /// What haze train writes.
  private static final SchedulerConfig COSINE =
      SchedulerConfig.DDPM
          .withBetaSchedule(BetaSchedule.COSINE)
          .withSpacing(TimestepSpacing.TRAILING);

  private static final SigmaTable TABLE = new SigmaTable(NoiseSchedule.cosine(1000));

  /// Mostly dark, some bright, as the pixels of digits.
  private static final GaussianMixture PIXELS =
      new GaussianMixture(
          new double[] {0.75, 0.25},
          new DiagonalGaussian(new double[] {-0.7}, new double[] {Math.log(0.01)}),
          new DiagonalGaussian(new double[] {0.5}, new double[] {Math.log(0.03)}));

  /// The best network, but for an error of 1 % of epsilon.
  private static final Network NETWORK =
      (x, timestep) -> {
        Tensor epsilon =
            PIXELS.predict(
                Prediction.EPSILON, x, NoiseLevel.ofSigma(TABLE.sigma(timestep)).alphaBar());
        for (int i = 0; i < x.size(); i++) {
          epsilon.data()[epsilon.offset() + i] +=
              (float) (0.01 * Math.sin(4 * x.data()[x.offset() + i] + timestep));
        }
        return epsilon;
      };

  private static final int DRAWS = 2000;

  record Case(SamplerKind kind, TimestepSpacing spacing, int steps) {
    SamplerChoice choice() {
      SamplerChoice choice = SamplerChoice.DEFAULT.kind(kind).steps(steps);
      return kind.hasSpacing() ? choice.spacing(spacing) : choice;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Stream.of(SamplerKind.values())
        .filter(
            kind -> !List.of(SamplerKind.DDPM, SamplerKind.LCM, SamplerKind.FLOW).contains(kind))
        .forEach(
            kind -> {
              for (TimestepSpacing spacing :
                  kind.hasSpacing()
                      ? TimestepSpacing.values()
                      : new TimestepSpacing[] {TimestepSpacing.LINSPACE}) {
                for (int steps : new int[] {10, 20, 50}) {
                  cases.add(new Case(kind, spacing, steps));
                }
              }
            });
    return cases;
  }

  /// The largest difference of the distributions' functions. Leading spacing of few steps begins
  /// far below T, where noise is not yet all.
  @ParameterizedTest
  @MethodSource("cases")
  void everySolverHasTheDistributionOfTheData(Case tried) {
    double distance = distance(tried.choice().config(COSINE), tried.steps);
    assertTrue(distance < 1.5 / tried.steps + 0.03, tried + ": " + distance);
  }

  /// What diffusers does, to the letter: nothing clips, and the network's error counts 20291 times.
  @ParameterizedTest
  @EnumSource(names = {"DPM_SOLVER", "EULER", "HEUN"})
  void diffusersOwnRulesLoseTheImagesThere(SamplerKind kind) {
    assertTrue(distance(COSINE.as(kind), 20) > 0.3);
  }

  @Test
  void aSamplerThatTheFileNamesFollowsDiffusersAndIsWarnedOf() {
    SchedulerConfig euler = COSINE.as(SamplerKind.EULER);
    SchedulerConfig heun = COSINE.as(SamplerKind.HEUN);
    assertEquals(euler, SamplerChoice.DEFAULT.config(euler));
    assertEquals(
        List.of(
            "sampling begins at sigma 20291, by which an error of the network is multiplied, as the"
                + " model's scheduler has it; --sampler euler begins at 164 at most"),
        SamplerChoice.DEFAULT.warnings(euler));
    assertEquals(1, SamplerChoice.DEFAULT.warnings(heun).size());
    assertEquals(List.of(), SamplerChoice.DEFAULT.kind(SamplerKind.EULER).warnings(euler));
    SchedulerConfig linear = SchedulerConfig.of(SamplerKind.EULER);
    assertEquals(List.of(), SamplerChoice.DEFAULT.warnings(linear));
  }

  @Test
  void spacingThatBeginsBelowTheNoiseIsWarnedOf() {
    SchedulerConfig older = COSINE.withSpacing(TimestepSpacing.LEADING);
    assertEquals(
        List.of(
            "sampling begins with pure noise at timestep 501 of 1000, where images of the training"
                + " still had 70 % of their amplitude; --spacing trailing begins at the last"),
        SamplerChoice.DEFAULT.steps(501).warnings(older));
    assertEquals(1, SamplerChoice.DEFAULT.steps(1).warnings(older).size());
    assertEquals(List.of(), SamplerChoice.DEFAULT.warnings(older));
    assertEquals(List.of(), SamplerChoice.DEFAULT.kind(SamplerKind.DDIM).warnings(older));
  }

  /// Whatever the number of steps is that a command takes by itself.
  @ParameterizedTest
  @ValueSource(ints = {1, 20, 99, 150, 999, 1000})
  void noDefaultBeginsBelowTheNoise(int timesteps) {
    SchedulerConfig config = COSINE.withTimesteps(timesteps);
    for (SamplerKind kind : SamplerKind.values()) {
      // LCM begins where its own training did, and DPM-Solver keeps a timestep for the end.
      boolean fixed =
          kind == SamplerKind.LCM || (kind == SamplerKind.DPM_SOLVER_SINGLESTEP && timesteps == 1);
      if (!kind.isFlow() && !fixed) {
        SamplerChoice choice = SamplerChoice.DEFAULT.kind(kind);
        assertBeginsAtTheNoise(choice, config);
        assertBeginsAtTheNoise(choice.steps(1), config);
      }
    }
    SchedulerConfig older = config.withSpacing(TimestepSpacing.LEADING);
    assertBeginsAtTheNoise(SamplerChoice.DEFAULT.atMostByDefault(100, older), older);
  }

  private static void assertBeginsAtTheNoise(SamplerChoice choice, SchedulerConfig config) {
    double first = choice.sampler(config).schedule().level(0).sigma();
    double last = config.level(config.numTrainTimesteps()).sigma();
    assertTrue(
        first > 0.9999 * Math.min(last, SigmaSchedule.STABLE), choice + " begins at " + first);
  }

  /// Where nothing may clip, at any spacing.
  @ParameterizedTest
  @EnumSource
  void encodingAndDecodingAreInverses(TimestepSpacing spacing) {
    Tensor images = Tensor.of(Shape.of(6, 1, 1, 1), -0.9f, -0.7f, -0.5f, 0.2f, 0.5f, 0.8f);
    for (SamplerKind kind : List.of(SamplerKind.DDIM, SamplerKind.EULER)) {
      for (int steps : new int[] {50, 300, 600}) {
        SamplerChoice choice = SamplerChoice.DEFAULT.kind(kind).spacing(spacing).steps(steps);
        SchedulerConfig config = choice.config(COSINE.withoutClipping());
        Sampler sampler = config.sampler(steps);
        Denoiser denoiser = config.denoiser(NETWORK);
        Tensor encoding = new DdimInversion(sampler.schedule(), 6).encode(denoiser, images, 0);
        Tensor decoded =
            new SamplingLoop(denoiser, sampler)
                .denoise(0, 0, encoding, 0, (done, all, state) -> {});
        assertArrayEquals(
            images.toArray(), decoded.toArray(), 1.5f / steps, kind + " " + spacing + " " + steps);
      }
    }
  }

  /// Also where the number of steps does not divide T, so that diffusers' stride differs.
  @ParameterizedTest
  @EnumSource
  void aStepOfDdimArrivesWhereTheNextBegins(TimestepSpacing spacing) {
    SamplerChoice choice = SamplerChoice.DEFAULT.kind(SamplerKind.DDIM).spacing(spacing);
    assertStepsOfEuler(
        choice.steps(600).sampler(COSINE), COSINE.withoutClipping().denoiser(NETWORK));
  }

  /// Also where what the network predicts is clipped, as with guidance.
  @Test
  void theNoiseOfDdimIsThatBesideTheClippedImage() {
    SamplerChoice choice = SamplerChoice.DEFAULT.kind(SamplerKind.DDIM);
    assertStepsOfEuler(
        choice.steps(50).sampler(COSINE),
        COSINE.denoiser((x, timestep) -> Tensor.full(2, x.shape().dims())));
  }

  private static void assertStepsOfEuler(Sampler ddim, Denoiser denoiser) {
    Sampler euler = new EulerSampler(ddim.schedule());
    Tensor x = Tensor.of(Shape.of(2, 1, 1, 1), -0.4f, 0.3f);
    int between = ddim.schedule().steps() / 6;
    for (int i = 1; i < 6; i++) {
      assertArrayEquals(
          euler.step(i * between, Sampler.State.start(x), denoiser, draw -> x).xt().toArray(),
          ddim.step(i * between, Sampler.State.start(x), denoiser, draw -> x).xt().toArray(),
          1e-5f);
    }
  }

  private static double distance(SchedulerConfig config, int steps) {
    float[] made =
        new SamplingLoop(config.denoiser(NETWORK), config.sampler(steps))
            .sample(4, 0, Shape.of(DRAWS, 1, 1, 1), (done, all, state) -> {})
            .toArray();
    Arrays.sort(made);
    double distance = 0;
    for (int i = 0; i < DRAWS; i++) {
      distance = Math.max(distance, Math.abs((i + 0.5) / DRAWS - cumulative(made[i])));
    }
    return distance;
  }

  private static double cumulative(double x) {
    return 0.75 * normal((x + 0.7) / 0.1) + 0.25 * normal((x - 0.5) / Math.sqrt(0.03));
  }

  /// Abramowitz and Stegun, 26.2.17; to 1e-7.
  private static double normal(double z) {
    double t = 1 / (1 + 0.2316419 * Math.abs(z));
    double tail =
        Math.exp(-z * z / 2)
            / Math.sqrt(2 * Math.PI)
            * t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return z > 0 ? 1 - tail : tail;
  }
}
