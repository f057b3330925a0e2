package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.process.DistributionFixture;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.Sampler.State;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Optional;
import java.util.function.IntFunction;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What samplers must do on data for which the best possible network is known.
class SamplersTest {
  private static final int DRAWS = 50_000;
  private static final Parameterization EPSILON =
      Parameterization.of(Prediction.EPSILON, Clip.NONE);
  private static final Parameterization CLIPPED =
      Parameterization.of(Prediction.EPSILON, Clip.TO_DATA_RANGE);
  private static final IntFunction<Tensor> NO_NOISE =
      draw -> {
        throw new AssertionError("no noise is needed");
      };

  /// If all data is one picture, the network knows it at every timestep, and every sampler ends
  /// there.
  @Property(tries = 100)
  void allSamplersEndAtTheOnlyPicture(
      @ForAll TimestepSpacing spacing,
      @ForAll @IntRange(min = 1, max = 100) int steps,
      @ForAll @DoubleRange(min = 0, max = 1) double eta,
      @ForAll ReverseVariance variance) {
    Assume.that(variance != ReverseVariance.LEARNED_RANGE);
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    int[] timesteps = spacing.timesteps(100, steps);
    Tensor picture = new Rng(3, 0, 0, 0).uniform(Tensor.zeros(2, 2, 2, 1));
    Network network =
        (xt, timestep) -> new ForwardProcess(schedule).epsilon(xt, picture, (int) timestep + 1);
    int last = timesteps[steps - 1];
    // The large variance adds noise to the picture itself if the last step begins above 1.
    if (last == 1 || variance == ReverseVariance.FIXED_SMALL) {
      Sampler ancestral = new AncestralSampler(schedule, timesteps, variance);
      assertArrayEquals(
          picture.toArray(), run(EPSILON.denoiser(network), ancestral).toArray(), 1e-4f);
    }
    // A DDIM step goes down by 100 / steps; the last may stop above the picture.
    if (last <= 100 / steps) {
      Sampler ddim =
          new DdimSampler(schedule, timesteps, new DdimSampler.Options(eta, true, false));
      assertArrayEquals(picture.toArray(), run(CLIPPED.denoiser(network), ddim).toArray(), 1e-4f);
    }
  }

  /// For one picture the posterior is the exact reverse of the forward chain, with its variance. So
  /// the images on the way back have the distribution of those on the way there, whatever timesteps
  /// are visited.
  @ParameterizedTest
  @EnumSource(names = {"LINSPACE", "TRAILING"})
  void withSmallVarianceTheWayBackFromOnePictureHasTheLawOfTheWayThere(TimestepSpacing spacing) {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    Tensor picture = Tensor.full(0.6f, DRAWS, 1, 1, 1);
    ForwardProcess forward = new ForwardProcess(schedule);
    int[] timesteps = spacing.timesteps(100, 12);
    Sampler sampler = new AncestralSampler(schedule, timesteps, ReverseVariance.FIXED_SMALL);
    Network network = (xt, timestep) -> forward.epsilon(xt, picture, (int) timestep + 1);
    new SamplingLoop(EPSILON.denoiser(network), sampler)
        .sample(
            1,
            0,
            picture.shape(),
            (done, steps, step) -> {
              if (done < steps) {
                double alphaBar = schedule.alphaBar(timesteps[done]);
                DistributionFixture.assertNormal(
                    Math.sqrt(alphaBar) * 0.6f, 1 - alphaBar, step.xt());
              }
            });
  }

  /// If the data is standard normal noise, so is every x_t, and beta is the exact reverse variance.
  @ParameterizedTest
  @EnumSource(names = {"LINSPACE", "LEADING"})
  void withLargeVarianceStandardNormalDataIsReproduced(TimestepSpacing spacing) {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    Sampler sampler =
        new AncestralSampler(schedule, spacing.timesteps(100, 12), ReverseVariance.FIXED_LARGE);
    new SamplingLoop(standardNormalData(schedule), sampler)
        .sample(
            2,
            0,
            Shape.of(DRAWS, 1, 1, 1),
            (done, steps, step) -> {
              if (done < steps) {
                DistributionFixture.assertNormal(0, 1, step.xt());
              }
            });
  }

  /// Song et al. 2021, section 4.1: with eta = 1 DDIM is the ancestral chain with variance beta~.
  @Test
  void ddimWithAllTheNoiseIsTheAncestralSampler() {
    NoiseSchedule schedule = NoiseSchedule.cosine(100);
    int[] timesteps = TimestepSpacing.LEADING.timesteps(100, 20);
    Tensor ancestral =
        run(
            standardNormalData(schedule),
            new AncestralSampler(schedule, timesteps, ReverseVariance.FIXED_SMALL));
    Tensor ddim =
        run(
            standardNormalData(schedule),
            new DdimSampler(schedule, timesteps, new DdimSampler.Options(1, true, false)));
    assertArrayEquals(ancestral.toArray(), ddim.toArray(), 1e-5f);
  }

  @Test
  void ddimWithoutEtaReadsNoNoise() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    int[] timesteps = TimestepSpacing.LEADING.timesteps(1000, 10);
    Sampler ddim = new DdimSampler(schedule, timesteps, DdimSampler.Options.DEFAULT);
    Tensor xt = new Rng(1, 0, 0, 0).normal(Tensor.zeros(2, 2, 2, 1));
    for (int i = 0; i < 10; i++) {
      State next = ddim.step(i, State.start(xt), CLIPPED.denoiser((x, _) -> x), NO_NOISE);
      assertTrue(Float.isFinite(next.xt().get(1, 1, 1, 0)));
    }
  }

  @Test
  void noNoiseIsAddedAtTheFirstTimestep() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    State zero = State.start(Tensor.zeros(2, 2, 2, 1));
    Denoiser denoiser = CLIPPED.denoiser((_, _) -> Tensor.zeros(2, 2, 2, 2));
    Tensor noise = Tensor.full(1, 2, 2, 2, 1);
    for (ReverseVariance variance : ReverseVariance.values()) {
      Sampler sampler = new AncestralSampler(schedule, new int[] {500, 2, 1}, variance);
      assertTrue(sampler.step(0, zero, denoiser, draw -> noise).xt().get(0, 0, 0, 0) > 0);
      assertTrue(sampler.step(1, zero, denoiser, draw -> noise).xt().get(0, 0, 0, 0) > 0);
      assertEquals(0, sampler.step(2, zero, denoiser, NO_NOISE).xt().get(0, 0, 0, 0));
    }
  }

  @Test
  void theGuessAtThePictureIsClippedBeforeItIsUsed() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    Sampler ancestral = new AncestralSampler(schedule, new int[] {1}, ReverseVariance.FIXED_SMALL);
    Parameterization half = Parameterization.of(Prediction.EPSILON, new Clip.ToRange(0.5f));
    State next =
        ancestral.step(
            0,
            State.start(Tensor.full(3, 1, 1)),
            half.denoiser((_, _) -> Tensor.zeros(1, 1)),
            NO_NOISE);
    assertEquals(0.5f, next.x0().item());
    assertEquals(0.5f, next.xt().item(), 1e-6);
  }

  @Test
  void clippingLetsNaNThroughAndNothingBeyondTheRange() {
    Tensor x = Tensor.of(Shape.of(5), -2, -1, 0.5f, Float.POSITIVE_INFINITY, Float.NaN);
    assertArrayEquals(
        new float[] {-1, -1, 0.5f, 1, Float.NaN}, Clip.TO_DATA_RANGE.apply(x).toArray());
    assertArrayEquals(x.toArray(), Clip.NONE.apply(x).toArray());
  }

  @Test
  void wrongArgumentsAreNamed() {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    assertMessage(
        "sampling schedule: 0 timesteps and 1 noise levels, expected at least one and one level"
            + " more",
        () -> new AncestralSampler(schedule, new int[0], ReverseVariance.FIXED_SMALL));
    assertMessage(
        "sampling schedule: timesteps do not fall within 1..100: [4, 5]",
        () -> new AncestralSampler(schedule, new int[] {4, 5}, ReverseVariance.FIXED_SMALL));
    assertMessage(
        "sampling schedule: 0 timesteps and 1 noise levels, expected at least one and one level"
            + " more",
        () -> new DdimSampler(schedule, new int[0], DdimSampler.Options.DEFAULT));
    assertMessage(
        "sampling schedule: timesteps do not fall within 1..100: [4, 5]",
        () -> new DdimSampler(schedule, new int[] {4, 5}, DdimSampler.Options.DEFAULT));
    assertMessage(
        "sampling schedule: timesteps do not fall within 1..100: [101]",
        () -> new DdimSampler(schedule, new int[] {101}, DdimSampler.Options.DEFAULT));
    assertMessage("DDIM: eta 1.5 is not in 0..1", () -> new DdimSampler.Options(1.5, true, false));
    assertMessage("clip: range is not positive: NaN", () -> new Clip.ToRange(Float.NaN));
  }

  /// x_0 expected from x_t is `sqrt(alphaBar) x_t` if both are standard normal; epsilon follows.
  private static Denoiser standardNormalData(NoiseSchedule schedule) {
    return EPSILON.denoiser(
        (xt, timestep) -> {
          float[] epsilon = xt.toArray();
          for (int i = 0; i < epsilon.length; i++) {
            epsilon[i] *= (float) Math.sqrt(1 - schedule.alphaBar((int) timestep + 1));
          }
          return Tensor.of(xt.shape(), epsilon);
        });
  }

  private static Tensor run(Denoiser denoiser, Sampler sampler) {
    return new SamplingLoop(denoiser, sampler)
        .sample(7, 0, Shape.of(2, 2, 2, 1), (done, steps, step) -> {});
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  /// Luo et al. 2023: `f(x, 0) = x`, and elsewhere all of it is the prediction; in between with tau
  /// = 1 the shares are 1/4 / (5/4) and 1 / sqrt(5/4).
  @Test
  void aConsistencyModelLeavesImagesWithoutNoiseAsTheyAre() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    Tensor x = Tensor.full(0.4f, 1);
    Denoiser denoiser =
        (at, level, timestep) -> new Denoised(Tensor.full(-0.6f, 1), at, Optional.empty());
    SamplingSchedule first = SamplingSchedule.of(schedule, new int[] {1}, NoiseLevel.CLEAN);
    SamplingSchedule second = SamplingSchedule.of(schedule, new int[] {2}, NoiseLevel.CLEAN);
    assertEquals(
        0.4f,
        new LcmSampler(first, 10).step(0, Sampler.State.start(x), denoiser, draw -> x).xt().item(),
        1e-6f);
    assertEquals(
        0.2 * 0.4 - 0.6 / Math.sqrt(1.25),
        new LcmSampler(second, 1).step(0, Sampler.State.start(x), denoiser, draw -> x).xt().item(),
        1e-6);
    assertArrayEquals(new int[] {1000, 760, 500, 260}, LcmSampler.timesteps(1000, 50, 4));
    assertThrows(IllegalArgumentException.class, () -> LcmSampler.timesteps(1000, 50, 51));
  }
}
