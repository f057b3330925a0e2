package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.optim.LearningRateSchedule;
import haze.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingRequestTest {
  private static final TrainingRequest DEFAULT = TrainingRequest.of(Path.of("runs/a"));

  @Test
  void theDefaultIsTheDefaultRunOfTheCommand() {
    assertEquals(DataSource.Embedded.TRAIN, DEFAULT.source());
    assertEquals(Preset.MNIST.scheduler(), DEFAULT.scheduler());
    assertEquals(4000, DEFAULT.settings().get(Settings.STEPS));
    assertEquals(0.1, DEFAULT.settings().get(Settings.LABEL_DROPOUT));
    assertEquals(0, DEFAULT.unconditional().settings().get(Settings.LABEL_DROPOUT));
  }

  @Test
  void whatIsGivenIsLaidOverThePresetInAnyOrder() {
    // @start region="request"
    TrainingRequest request =
        TrainingRequest.of(Path.of("runs/photos"))
            .data(Path.of("photos.idx.gz"), Path.of("kinds.idx"))
            .preset(Preset.REFERENCE)
            .conditional()
            .loss(LossKind.MIN_SNR)
            .with(Settings.PREDICTION, Prediction.V)
            .steps(20_000)
            .learningRate(1e-4);
    // @end
    TrainingSettings settings = request.settings();
    assertEquals("photos.idx.gz", settings.get(Settings.DATA));
    assertEquals("kinds.idx", settings.get(Settings.LABELS));
    assertEquals(0.1, settings.get(Settings.LABEL_DROPOUT));
    assertEquals(20_000, settings.get(Settings.STEPS));
    assertEquals(64, settings.get(Settings.BATCH));
    assertEquals(1e-4, settings.get(Settings.LEARNING_RATE));
    assertEquals(Prediction.V, request.scheduler().prediction());
    assertEquals(
        settings,
        TrainingRequest.of(Path.of("elsewhere"))
            .learningRate(1e-4)
            .steps(20_000)
            .with(Settings.PREDICTION, Prediction.V)
            .loss(LossKind.MIN_SNR)
            .conditional()
            .with(Settings.PRESET, "reference")
            .data(Path.of("photos.idx.gz"), Path.of("kinds.idx"))
            .settings());
  }

  @Test
  void theLastDataCounts() {
    ImageDataset images = ImageDataset.of(new float[4], Shape.of(2, 2, 1));
    TrainingRequest inMemory = DEFAULT.data(Path.of("a.idx")).data(images);
    assertEquals("memory: 1 image [2, 2, 1]", inMemory.settings().get(Settings.DATA));
    assertEquals("b.idx", inMemory.data(Path.of("b.idx")).settings().get(Settings.DATA));
  }

  @Test
  void theScheduleFollowsFromPresetAndSettings() {
    TrainingRequest tiny = DEFAULT.preset(Preset.TINY);
    assertEquals(Preset.TINY.scheduler(), tiny.scheduler());
    assertEquals(
        SchedulerConfig.of(SamplerKind.FLOW).withTimesteps(20),
        tiny.loss(LossKind.FLOW).scheduler());
    assertEquals(
        Preset.TINY.scheduler().withVariance(ReverseVariance.LEARNED_RANGE),
        tiny.loss(LossKind.HYBRID).scheduler());
    // The same noise in all, in fewer and larger steps.
    assertEquals(
        SchedulerConfig.DDPM
            .withTimesteps(50)
            .withBetas(0.002, 0.4)
            .withZeroTerminalSnr(true)
            .withSpacing(TimestepSpacing.TRAILING)
            .withPrediction(Prediction.X0),
        DEFAULT
            .with(Settings.TIMESTEPS, 50)
            .with(Settings.SCHEDULE, BetaSchedule.LINEAR)
            .with(Settings.ZERO_TERMINAL_SNR, true)
            .with(Settings.PREDICTION, Prediction.X0)
            .scheduler());
    SchedulerConfig own = SchedulerConfig.DDPM.withTimesteps(8);
    assertSame(own, DEFAULT.scheduler(own).preset().scheduler());
  }

  @Test
  void anyNumberOfStepsOfAPresetsModelBeginsAtT() {
    for (Preset preset : Preset.all()) {
      SchedulerConfig scheduler = preset.scheduler();
      for (int steps : new int[] {1, 7, 13}) {
        assertEquals(
            scheduler.numTrainTimesteps() - 1, scheduler.sampler(steps).schedule().timestep(0));
      }
    }
  }

  /// With any number of timesteps, which are written into the file one by one.
  @Test
  void thePresetForTheBoundHasEvenStepsOfLogSnr() {
    TrainingRequest request = DEFAULT.preset(Preset.LIKELIHOOD);
    for (int timesteps : new int[] {1000, 250}) {
      SchedulerConfig scheduler = request.with(Settings.TIMESTEPS, timesteps).scheduler();
      assertEquals(timesteps, scheduler.trainedBetas().size());
      assertEquals(ReverseVariance.FIXED_SMALL, scheduler.variance());
      assertEquals(Prediction.EPSILON, scheduler.prediction());
      assertEquals(
          NoiseSchedule.logSnr(timesteps).alphaBar(7), scheduler.schedule().alphaBar(7), 0);
    }
    assertFalse(request.settings().isConditional());
  }

  /// Ho et al.'s last beta, 0.02 for 1000 timesteps, would be 1 for 20.
  @ParameterizedTest
  @EnumSource
  void fewTimestepsAreForSchedulesThatScaleToThem(BetaSchedule schedule) {
    TrainingRequest request = DEFAULT.with(Settings.SCHEDULE, schedule);
    for (int timesteps : new int[] {1, 2, 10, 20, 21}) {
      TrainingRequest few = request.with(Settings.TIMESTEPS, timesteps);
      if (schedule.hasRange() && timesteps < 21) {
        assertRefused(
            "--timesteps is "
                + timesteps
                + ", expected at least 21 for the "
                + schedule
                + " schedule, whose betas are those of 1000 timesteps times 1000 / T and have to"
                + " stay below 1",
            few::scheduler);
      } else {
        assertEquals(timesteps, few.scheduler().schedule().timesteps());
      }
    }
  }

  /// Diffusers' schedulers look at `trained_betas` first, and only DDPM's knows all of these by
  /// name, or almost all.
  @ParameterizedTest
  @EnumSource
  void everyScheduleIsReadByAllOfDiffusersSchedulers(BetaSchedule schedule) {
    SchedulerConfig config = DEFAULT.with(Settings.SCHEDULE, schedule).scheduler();
    NoiseSchedule named = schedule.schedule(1000, 1e-4, 0.02);
    boolean common =
        List.of(BetaSchedule.LINEAR, BetaSchedule.SCALED_LINEAR, BetaSchedule.COSINE)
            .contains(schedule);
    assertEquals(common ? 0 : 1000, config.trainedBetas().size());
    for (int t = 1; t <= 1000; t++) {
      assertEquals(named.beta(t), config.schedule().beta(t));
      assertEquals(named.alphaBar(t), config.schedule().alphaBar(t));
    }
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedByName() {
    assertRefused(
        "label-dropout is for --conditional or --clusters, without which the network has no"
            + " classes",
        () -> DEFAULT.unconditional().with(Settings.LABEL_DROPOUT, 0.2).settings());
    assertRefused(
        "label-dropout is 0.0, expected a number above 0 and below 1",
        () -> DEFAULT.conditional().with(Settings.LABEL_DROPOUT, 0.0).settings());
    assertRefused(
        "labels is for --conditional, without which the network is not conditioned on labels",
        () -> DEFAULT.unconditional().data(Path.of("a"), Path.of("b")).settings());
    assertRefused(
        "--labels is for --data PATH", () -> DEFAULT.with(Settings.LABELS, "b").settings());
    assertRefused(
        "min-snr-gamma is for --loss min-snr",
        () -> DEFAULT.with(Settings.MIN_SNR_GAMMA, 3.0).settings());
    assertRefused(
        "preset is huge, expected one of mnist, likelihood, tiny, reference",
        () -> DEFAULT.with(Settings.PRESET, "huge"));
    assertRefused(
        "variance is learned, but --loss simple does not learn it: expected small or large",
        () -> DEFAULT.with(Settings.VARIANCE, ScheduleChoice.Variance.LEARNED).scheduler());
  }

  @Test
  void onlyWhatMayChangeIsGivenToARunThatGoesOn() {
    DEFAULT.requireResumable();
    DEFAULT.steps(7).requireResumable();
    Map<TrainingRequest, String> others =
        Map.of(
            DEFAULT.batch(7),
            "--batch from the run: it",
            DEFAULT.preset(Preset.MNIST),
            "--preset from the run: it",
            DEFAULT.conditional(),
            "--conditional from the run: it",
            DEFAULT.seed(1).with(Settings.SIZE, "8"),
            "--size, --seed from the run: they");
    others.forEach(
        (other, taken) ->
            assertRefused("resume takes " + taken + " cannot be changed", other::requireResumable));
  }

  /// The preset's timesteps are drawn around a middle for its own loss and noise schedule.
  @Test
  void anotherLossOrScheduleHasUniformTimesteps() {
    for (LossKind loss : LossKind.values()) {
      TrainingSettings settings = DEFAULT.loss(loss).settings();
      boolean own = loss == LossKind.SIMPLE;
      assertEquals(
          own ? TimestepDistribution.LOGIT_NORMAL : TimestepDistribution.UNIFORM,
          settings.get(Settings.TIMESTEP_SAMPLING),
          loss.toString());
      assertEquals(own ? 1.2 : 0, settings.get(Settings.LOGIT_MEAN), loss.toString());
      assertEquals(own ? 0.25 : 0, settings.get(Settings.UNIFORM_SHARE), loss.toString());
    }
    for (TrainingRequest other :
        List.of(
            DEFAULT.with(Settings.SCHEDULE, BetaSchedule.LINEAR),
            DEFAULT.scheduler(SchedulerConfig.DDPM),
            DEFAULT.loss(LossKind.FLOW).scheduler(SchedulerConfig.of(SamplerKind.FLOW)),
            DEFAULT.with(Settings.PREDICTION, Prediction.EPSILON),
            DEFAULT.with(Settings.FROM, "runs/other"))) {
      assertEquals(TimestepDistribution.UNIFORM, other.settings().get(Settings.TIMESTEP_SAMPLING));
    }
    assertEquals(
        TimestepDistribution.LOGIT_NORMAL,
        DEFAULT
            .with(Settings.SCHEDULE, BetaSchedule.COSINE)
            .with(Settings.PREDICTION, Prediction.V)
            .settings()
            .get(Settings.TIMESTEP_SAMPLING));
    for (TrainingRequest other :
        List.of(
            DEFAULT.with(Settings.SCHEDULE, BetaSchedule.LINEAR),
            DEFAULT.scheduler(SchedulerConfig.DDPM))) {
      TrainingSettings chosen =
          other
              .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.LOGIT_NORMAL)
              .with(Settings.UNIFORM_SHARE, 0.5)
              .settings();
      assertEquals(TimestepDistribution.LOGIT_NORMAL, chosen.get(Settings.TIMESTEP_SAMPLING));
      assertEquals(0, chosen.get(Settings.LOGIT_MEAN));
      assertEquals(0.5, chosen.get(Settings.UNIFORM_SHARE));
    }
    assertEquals(
        TimestepDistribution.STRATIFIED,
        DEFAULT
            .loss(LossKind.BOUND)
            .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.STRATIFIED)
            .settings()
            .get(Settings.TIMESTEP_SAMPLING));
  }

  /// Another schedule than the preset's has its own beginning of the fall.
  @Test
  void aLearningRateScheduleByName() {
    TrainingRequest mnist = DEFAULT.preset(Preset.MNIST);
    TrainingRequest cosine = mnist.with(Settings.LR_SCHEDULE, LearningRateDecay.COSINE);
    for (TrainingRequest request : new TrainingRequest[] {mnist, cosine}) {
      assertEquals(0, LearningRateDecay.of(request.settings()).rate(1));
      assertEquals(2e-3, LearningRateDecay.of(request.settings()).rate(101));
    }
    assertEquals(
        new LearningRateSchedule.InverseSquareRoot(2e-3, 100, 1800),
        LearningRateDecay.of(mnist.settings()));
    assertEquals(
        new LearningRateSchedule.CosineDecay(2e-3, 100, 4000),
        LearningRateDecay.of(cosine.settings()));
    assertEquals(
        new LearningRateSchedule.CosineDecay(2e-3, 100, 1500, 4000),
        LearningRateDecay.of(cosine.with(Settings.DECAY_FROM, 1500).settings()));
    assertEquals(
        new LearningRateSchedule.LinearDecay(2e-3, 50, 50, 4000),
        LearningRateDecay.of(
            mnist
                .with(Settings.LR_SCHEDULE, LearningRateDecay.LINEAR)
                .with(Settings.WARM_UP_STEPS, 50)
                .settings()));
    assertEquals(
        new LearningRateSchedule.LinearWarmUp(2e-3, 100),
        LearningRateDecay.of(
            mnist.with(Settings.LR_SCHEDULE, LearningRateDecay.CONSTANT).settings()));
    assertRefused(
        "decay-from is for --lr-schedule linear, cosine or inverse-sqrt",
        mnist.with(Settings.LR_SCHEDULE, LearningRateDecay.CONSTANT).with(Settings.DECAY_FROM, 9)
            ::settings);
    assertRefused(
        "lr-schedule is inverse-sqrt, which needs --decay-from",
        DEFAULT.preset(Preset.TINY).with(Settings.LR_SCHEDULE, LearningRateDecay.INVERSE_SQRT)
            ::settings);
    assertRefused(
        "cosine: a warm-up of 100 steps and a fall after 100 of 50, expected warm-up <= fall < all"
            + " steps",
        cosine.steps(50)::settings);
  }

  private static void assertRefused(String problem, Executable call) {
    RequestException refused = assertThrows(RequestException.class, call);
    assertEquals(problem, refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"));
  }
}
