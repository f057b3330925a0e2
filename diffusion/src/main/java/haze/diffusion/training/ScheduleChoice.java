package haze.diffusion.training;

import haze.diffusion.loss.LossKind;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The settings of training that go into the scheduler's file: the noise schedule, and what the
/// network predicts.
public final class ScheduleChoice {
  /// The number of timesteps for which the ends of the linear schedules were published (Ho et al.
  /// 2020, section 4).
  private static final double PUBLISHED_TIMESTEPS = 1000;

  private static final List<Setting<?>> OF_CHAINS =
      List.of(
          Settings.PREDICTION, Settings.VARIANCE, Settings.SCHEDULE, Settings.ZERO_TERMINAL_SNR);

  private ScheduleChoice() {}

  /// The variance of a reverse step, by its name on the command line.
  public enum Variance {
    /// That of the posterior.
    SMALL(ReverseVariance.FIXED_SMALL),
    /// Beta.
    LARGE(ReverseVariance.FIXED_LARGE),
    /// Between the two, learned.
    LEARNED(ReverseVariance.LEARNED_RANGE);

    private final ReverseVariance value;

    Variance(ReverseVariance value) {
      this.value = value;
    }
  }

  /// {@return the scheduler of a model}
  ///
  /// @param preset the preset's
  /// @param given what is to be different
  /// @throws IllegalArgumentException if the settings do not go together
  static SchedulerConfig scheduler(SchedulerConfig preset, TrainingSettings given) {
    int count = given.given(Settings.TIMESTEPS).orElse(preset.numTrainTimesteps());
    LossKind loss = given.get(Settings.LOSS);
    if (loss.isFlow()) {
      if (OF_CHAINS.stream().anyMatch(setting -> given.given(setting).isPresent())) {
        throw new IllegalArgumentException(
            "--loss "
                + loss
                + " has no noise schedule, variance or choice of prediction: --schedule,"
                + " --variance, --prediction and --zero-terminal-snr are for the other losses");
      }
      return SchedulerConfig.of(SamplerKind.FLOW).withTimesteps(count);
    }
    SchedulerConfig config = preset.withTimesteps(count);
    Optional<BetaSchedule> schedule = given.given(Settings.SCHEDULE);
    if (schedule.isPresent()) {
      config = config.withTrainedBetas(List.of()).withBetaSchedule(schedule.get());
    }
    BetaSchedule shape = config.betaSchedule();
    if (shape.hasRange() && (schedule.isPresent() || given.given(Settings.TIMESTEPS).isPresent())) {
      // The same noise in all, in fewer and larger steps.
      double ratio = PUBLISHED_TIMESTEPS / count;
      double last = NoiseSchedule.BETA_END * ratio;
      if (last >= 1) {
        throw new IllegalArgumentException(
            "--timesteps is "
                + count
                + ", expected at least "
                + ((int) (NoiseSchedule.BETA_END * PUBLISHED_TIMESTEPS) + 1)
                + " for the "
                + shape
                + " schedule, whose betas are those of 1000 timesteps times 1000 / T and have to"
                + " stay below 1");
      }
      config = config.withBetas(NoiseSchedule.BETA_START * ratio, last);
    }
    if (!shape.isCommon()) {
      // All of diffusers' schedulers read betas, but only one or none this schedule by name.
      NoiseSchedule own = config.schedule();
      config =
          config.withTrainedBetas(IntStream.rangeClosed(1, count).mapToObj(own::beta).toList());
    }
    Optional<Prediction> prediction = given.given(Settings.PREDICTION);
    if (prediction.isPresent()) {
      config = config.withPrediction(prediction.get());
    }
    Optional<Variance> variance = given.given(Settings.VARIANCE);
    if (variance.isPresent() && !loss.admits(variance.get().value)) {
      throw Settings.VARIANCE.invalid(
          loss.learnsVariance()
              ? "is not learned, but --loss " + loss + " learns it: expected learned"
              : "is learned, but --loss " + loss + " does not learn it: expected small or large");
    }
    if (variance.isPresent() || loss.learnsVariance()) {
      config = config.withVariance(variance.orElse(Variance.LEARNED).value);
    }
    Optional<Boolean> zeroSnr = given.given(Settings.ZERO_TERMINAL_SNR);
    if (zeroSnr.isPresent()) {
      config = config.withZeroTerminalSnr(zeroSnr.get());
    }
    // Lin et al. 2023, section 3.3: what was trained at T is of use only if sampling begins there.
    return zeroSnr.orElse(false) ? config.withSpacing(TimestepSpacing.TRAILING) : config;
  }
}
