package haze.diffusion.training;

import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;

/// What a network is trained for, by names: as much of it as the scheduler's file does not say.
///
/// @param loss the loss
/// @param minSnrGamma the largest weight of [LossKind#MIN_SNR], which others do not use
/// @param timesteps how the timesteps of a batch are drawn
public record LossConfig(LossKind loss, double minSnrGamma, TimestepDistribution timesteps) {
  /// What DDPM was trained for.
  public static final LossConfig DDPM =
      new LossConfig(LossKind.SIMPLE, MinSnrLoss.PUBLISHED_GAMMA, TimestepDistribution.UNIFORM);

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
    if (flow != loss.isFlow()) {
      throw new IllegalArgumentException(
          "training: the loss " + loss + " does not go with " + scheduler.kind().className());
    }
    if (flow) {
      return loss.onFlow(scheduler.numTrainTimesteps());
    }
    NoiseSchedule schedule = scheduler.schedule();
    Prediction prediction = scheduler.prediction();
    Objective objective =
        loss.onChain(new LossKind.Chain(schedule, prediction, scheduler.variance(), minSnrGamma));
    if (prediction == Prediction.EPSILON && schedule.alphaBar(schedule.timesteps()) == 0) {
      // Lin et al. 2023, section 3.2: all that epsilon can say of x_T is x_T.
      throw new IllegalArgumentException(
          "training: epsilon tells nothing of the picture where the"
              + " schedule ends without signal, expected a network that predicts v or x0");
    }
    return objective;
  }
}
