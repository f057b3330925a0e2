package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.RectifiedFlow;
import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.Arrays;

/// Flow matching on straight lines, [RectifiedFlow]: the squared error of the velocity.
///
/// ```
/// x_s = (1 - s) x_0 + s epsilon,    L = mean of ( epsilon - x_0 - v_theta(x_s, s) )^2
/// ```
///
/// (Liu et al. 2022, eq. 1; Lipman et al. 2022, eq. 23). Time is one of T even steps, `s = t / T`,
/// and the network is conditioned on `t`, as diffusers' `FlowMatchEulerDiscreteScheduler` has it,
/// which counts these from 1.
///
/// @param timesteps T, at least 1
public record FlowMatching(int timesteps) implements Objective {
  /// @throws IllegalArgumentException if it is not positive
  public FlowMatching {
    if (timesteps < 1) {
      throw new IllegalArgumentException("flow matching: not a positive length: " + timesteps);
    }
  }

  @Override
  public float modelTimestep(int t) {
    return t;
  }

  @Override
  public int outputChannels(int channels) {
    return channels;
  }

  @Override
  public Tensor addNoise(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    return RectifiedFlow.interpolate(
        allocator,
        x0,
        epsilon,
        Arrays.stream(t).mapToDouble(step -> (double) step / timesteps).toArray());
  }

  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    return SquaredError.perImage(
        tape, output, RectifiedFlow.velocity(tape, images.x0(), images.epsilon()));
  }
}
