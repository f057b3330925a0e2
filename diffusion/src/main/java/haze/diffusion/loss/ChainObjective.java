package haze.diffusion.loss;

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// What all objectives on the Markov chain have in common: its noisy images.
sealed interface ChainObjective extends Objective
    permits SimpleLoss, MinSnrLoss, BoundLoss, HybridLoss {
  /// How much noise each step adds.
  NoiseSchedule schedule();

  /// Whether the network gives the variance of the step backwards too.
  default boolean learnsVariance() {
    return false;
  }

  @Override
  default int timesteps() {
    return schedule().timesteps();
  }

  @Override
  default float modelTimestep(int t) {
    return NoiseSchedule.modelTimestep(t);
  }

  @Override
  default int outputChannels(int channels) {
    return learnsVariance() ? 2 * channels : channels;
  }

  @Override
  default Tensor noisy(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    for (int s : t) {
      schedule().beta(s);
    }
    return new ForwardProcess(schedule()).addNoise(allocator, x0, epsilon, t);
  }

  /// Whether a variance is learned.
  static boolean isLearned(ReverseVariance variance) {
    return variance == ReverseVariance.LEARNED_RANGE;
  }
}
