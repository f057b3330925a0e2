package haze.diffusion.loss;

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// An objective on the Markov chain: `x_t` is drawn from `q(x_t | x_0)`.
public interface ChainObjective extends Objective {
  /// {@return how much noise each step adds}
  NoiseSchedule schedule();

  /// {@return whether the network's output has, beside the prediction, the variance of a reverse
  /// step, and so twice the channels}
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
  default Tensor addNoise(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    for (int s : t) {
      // Refuses timesteps outside 1..T, of which the forward process takes 0 too.
      schedule().beta(s);
    }
    return new ForwardProcess(schedule()).addNoise(allocator, x0, epsilon, t);
  }

  /// {@return whether a variance is learned}
  static boolean isLearned(ReverseVariance variance) {
    return variance == ReverseVariance.LEARNED_RANGE;
  }
}
