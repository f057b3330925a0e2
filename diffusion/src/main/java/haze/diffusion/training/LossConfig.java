package haze.diffusion.training;

import haze.diffusion.loss.BoundLoss;
import haze.diffusion.loss.FlowMatching;
import haze.diffusion.loss.HybridLoss;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import java.util.Locale;

/// What a network is trained for, by names: as much of it as the scheduler's file does not say.
///
/// @param loss the loss
/// @param minSnrGamma the largest weight of [Loss#MIN_SNR], which others do not use
/// @param timesteps how the timesteps of a batch are drawn
public record LossConfig(Loss loss, double minSnrGamma, TimestepDistribution timesteps) {
  /// What DDPM was trained for.
  public static final LossConfig DDPM =
      new LossConfig(Loss.SIMPLE, MinSnrLoss.PUBLISHED_GAMMA, TimestepDistribution.UNIFORM);

  /// A loss.
  public enum Loss {
    /// [SimpleLoss].
    SIMPLE,
    /// [MinSnrLoss].
    MIN_SNR,
    /// [BoundLoss].
    BOUND,
    /// [HybridLoss], which learns a variance.
    HYBRID,
    /// [FlowMatching], on straight lines in the place of a Markov chain.
    FLOW;

    /// Its name in files and on the command line.
    ///
    /// @return such as `min-snr`
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// How timesteps are drawn, see [TimestepSampler].
  public enum TimestepDistribution {
    /// [haze.diffusion.loss.TimestepSampler.Uniform].
    UNIFORM,
    /// [haze.diffusion.loss.TimestepSampler.Stratified].
    STRATIFIED,
    /// [haze.diffusion.loss.TimestepSampler.Importance].
    IMPORTANCE;

    /// Its name in files and on the command line.
    ///
    /// @return such as `uniform`
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Checks the number.
  ///
  /// @throws IllegalArgumentException if gamma is not positive
  public LossConfig {
    if (!(minSnrGamma > 0)) {
      throw new IllegalArgumentException(
          "training: gamma of min-SNR is " + minSnrGamma + ", expected above 0");
    }
  }

  /// The objective.
  ///
  /// @param scheduler schedule, prediction and variance
  /// @return the objective
  /// @throws IllegalArgumentException if the loss does not go with those
  public Objective objective(SchedulerConfig scheduler) {
    boolean flow = scheduler.kind() == SamplerKind.FLOW;
    if (flow != (loss == Loss.FLOW)) {
      throw new IllegalArgumentException(
          "training: the loss " + loss + " does not go with " + scheduler.kind().className());
    }
    if (flow) {
      return new FlowMatching(scheduler.numTrainTimesteps());
    }
    boolean learned = scheduler.variance() == ReverseVariance.LEARNED_RANGE;
    if (learned != (loss == Loss.HYBRID) && loss != Loss.BOUND) {
      throw new IllegalArgumentException(
          "training: the loss "
              + loss
              + " "
              + (learned ? "can't learn a variance" : "learns a variance, expected learned_range"));
    }
    NoiseSchedule schedule = scheduler.schedule();
    Prediction prediction = scheduler.prediction();
    if (prediction == Prediction.EPSILON && schedule.alphaBar(schedule.timesteps()) == 0) {
      // Lin et al. 2023, section 3.2: all that epsilon can say of x_T is x_T.
      throw new IllegalArgumentException(
          "training: epsilon tells nothing of the picture where the"
              + " schedule ends without signal, expected a network that predicts v or x0");
    }
    return switch (loss) {
      case MIN_SNR -> new MinSnrLoss(schedule, prediction, minSnrGamma);
      case BOUND -> new BoundLoss(schedule, prediction, scheduler.variance());
      case HYBRID -> new HybridLoss(schedule, prediction);
      default -> new SimpleLoss(schedule, prediction);
    };
  }

  /// The timesteps.
  ///
  /// @param count T
  /// @return a sampler that has seen nothing
  TimestepSampler timestepSampler(int count) {
    return switch (timesteps) {
      case UNIFORM -> new TimestepSampler.Uniform(count);
      case STRATIFIED -> new TimestepSampler.Stratified(count);
      case IMPORTANCE -> new TimestepSampler.Importance(count);
    };
  }
}
