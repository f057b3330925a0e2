package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.tensor.Tensor;

/// DDPM's objective: the squared error of the network's prediction, the same weight for all
/// timesteps.
///
/// ```
/// L_simple = mean of ( epsilon - epsilon_theta(x_t, t) )^2                                  eq. 14
/// ```
///
/// (Ho et al. 2020), or the same of x_0 or v. Up to its weights it is the variational bound: a term
/// of the bound with a fixed variance is the squared error times a number that falls with t, so
/// that this loss cares more for the timesteps at which much is to be guessed, and less for
/// imperceptible detail.
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
public record SimpleLoss(NoiseSchedule schedule, Prediction prediction) implements ChainObjective {
  @Override
  public Variable losses(
      Tape tape, Variable output, Tensor x0, Tensor epsilon, Tensor xt, int... t) {
    return SquaredError.perImage(tape, output, prediction.target(tape, schedule, x0, epsilon, t));
  }
}
