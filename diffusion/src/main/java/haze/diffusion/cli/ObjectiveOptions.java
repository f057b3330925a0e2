package haze.diffusion.cli;

import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.training.LossConfig;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a model is to learn, as `haze train` is asked for it: the noise schedule, what the network
/// predicts, and the loss.
final class ObjectiveOptions {
  /// The number of timesteps for which the ends of the linear schedules were published (Ho et al.
  /// 2020, section 4).
  private static final double PUBLISHED_TIMESTEPS = 1000;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      description = {
        "the loss (default: simple):",
        "simple: the squared error of the prediction,",
        "min-snr: the same, weighted by the signal-to-noise ratio up to --min-snr-gamma,",
        "bound: the variational bound, for the best likelihood,",
        "hybrid: simple, and the bound for a learned variance,",
        "flow: flow matching, straight lines in the place of a Markov chain"
      })
  private @Nullable LossKind loss;

  @Option(
      names = "--min-snr-gamma",
      paramLabel = "X",
      description = "for min-snr: the largest weight (default: 5)")
  private @Nullable Double minSnrGamma;

  @Option(
      names = "--timestep-sampling",
      paramLabel = "uniform|stratified|importance",
      description =
          "how a batch's timesteps are drawn: each on its own, spread evenly, or by the size"
              + " of their losses (default: uniform)")
  private @Nullable TimestepDistribution timesteps;

  @Option(
      names = "--prediction",
      paramLabel = "epsilon|x0|v",
      description = "what the network predicts: noise, picture or velocity (default: epsilon)")
  private @Nullable Prediction prediction;

  @Option(
      names = "--variance",
      paramLabel = "small|large|learned",
      description = "variance of a step backwards (default: small, for hybrid learned)")
  private @Nullable Variance variance;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description =
          "noise schedule: linear, scaled-linear, cosine, sigmoid, laplace, exponential"
              + " (default: the preset's)")
  private @Nullable Schedule schedule;

  @Option(
      names = "--timesteps",
      paramLabel = "T",
      description = "timesteps of the noise schedule (default: the preset's)")
  private @Nullable Integer trainTimesteps;

  @Option(
      names = "--zero-terminal-snr",
      description =
          "rescale the schedule so that nothing of the picture is left at T; for --prediction v or"
              + " x0")
  private boolean zeroTerminalSnr;

  /// A noise schedule under its name on the command line.
  private enum Schedule {
    LINEAR(BetaSchedule.LINEAR),
    SCALED_LINEAR(BetaSchedule.SCALED_LINEAR),
    COSINE(BetaSchedule.COSINE),
    SIGMOID(BetaSchedule.SIGMOID),
    LAPLACE(BetaSchedule.LAPLACE),
    EXPONENTIAL(BetaSchedule.EXPONENTIAL);

    private final BetaSchedule value;

    Schedule(BetaSchedule value) {
      this.value = value;
    }

    /// The name on the command line.
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// A variance under its name on the command line.
  private enum Variance {
    SMALL(ReverseVariance.FIXED_SMALL),
    LARGE(ReverseVariance.FIXED_LARGE),
    LEARNED(ReverseVariance.LEARNED_RANGE);

    private final ReverseVariance value;

    Variance(ReverseVariance value) {
      this.value = value;
    }
  }

  /// Whether any of the options is given.
  boolean given() {
    return zeroTerminalSnr
        || Stream.of(loss, minSnrGamma, timesteps, prediction, variance, schedule, trainTimesteps)
            .anyMatch(option -> option != null);
  }

  /// The objective.
  ///
  /// @throws IllegalArgumentException if a number makes no sense
  LossConfig objective() {
    if (minSnrGamma != null && loss != LossKind.MIN_SNR) {
      throw new IllegalArgumentException("--min-snr-gamma is for --loss min-snr");
    }
    LossConfig usual = LossConfig.DDPM;
    return new LossConfig(
        loss == null ? usual.loss() : loss,
        minSnrGamma == null ? usual.minSnrGamma() : minSnrGamma,
        timesteps == null ? usual.timesteps() : timesteps);
  }

  /// The scheduler of the model.
  ///
  /// @param preset the preset's
  /// @return the preset's with what is asked for
  /// @throws IllegalArgumentException if the options do not go together
  SchedulerConfig scheduler(SchedulerConfig preset) {
    int count = trainTimesteps == null ? preset.numTrainTimesteps() : trainTimesteps;
    if (loss == LossKind.FLOW) {
      if (prediction != null || variance != null || schedule != null || zeroTerminalSnr) {
        throw new IllegalArgumentException(
            "--loss flow has no noise schedule, variance or choice"
                + " of prediction: --schedule, --variance, --prediction and --zero-terminal-snr are"
                + " for the other losses");
      }
      return SchedulerConfig.of(SamplerKind.FLOW).withTimesteps(count);
    }
    SchedulerConfig config = preset.withTimesteps(count);
    if (schedule != null) {
      config = config.withBetaSchedule(schedule.value);
    }
    if (schedule != null || trainTimesteps != null) {
      // The same noise in all, in fewer and larger steps.
      double ratio = PUBLISHED_TIMESTEPS / count;
      config = config.withBetas(NoiseSchedule.BETA_START * ratio, NoiseSchedule.BETA_END * ratio);
    }
    if (prediction != null) {
      config = config.withPrediction(prediction);
    }
    boolean hybrid = loss == LossKind.HYBRID;
    if (variance != null || hybrid) {
      config = config.withVariance(variance == null ? Variance.LEARNED.value : variance.value);
    }
    return config.withZeroTerminalSnr(zeroTerminalSnr);
  }
}
