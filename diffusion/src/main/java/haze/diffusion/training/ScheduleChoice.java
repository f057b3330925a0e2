package haze.diffusion.training;

import haze.diffusion.loss.LossKind;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import java.util.List;
import java.util.Optional;

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
      config = config.withBetaSchedule(schedule.get());
    }
    if (schedule.isPresent() || given.given(Settings.TIMESTEPS).isPresent()) {
      // The same noise in all, in fewer and larger steps.
      double ratio = PUBLISHED_TIMESTEPS / count;
      config = config.withBetas(NoiseSchedule.BETA_START * ratio, NoiseSchedule.BETA_END * ratio);
    }
    Optional<Prediction> prediction = given.given(Settings.PREDICTION);
    if (prediction.isPresent()) {
      config = config.withPrediction(prediction.get());
    }
    Optional<Variance> variance = given.given(Settings.VARIANCE);
    if (variance.isPresent() || loss.learnsVariance()) {
      config = config.withVariance(variance.orElse(Variance.LEARNED).value);
    }
    return config.withZeroTerminalSnr(given.given(Settings.ZERO_TERMINAL_SNR).orElse(false));
  }
}
