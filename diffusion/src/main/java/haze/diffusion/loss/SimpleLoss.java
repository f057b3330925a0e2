package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;

/// DDPM's objective: the squared error of the network's prediction, the same weight for all
/// timesteps, each as often as it is drawn.
///
/// ```
/// L_simple = mean of ( epsilon - epsilon_theta(x_t, t) )^2                                  eq. 14
/// ```
///
/// (Ho et al. 2020), or the same of x_0 or v. Up to its weights it is the variational bound: a term
/// of the bound with a fixed variance is the squared error times a factor that falls with t.
/// Against the bound this loss therefore gives more weight to large t, where most of x_0 is to be
/// predicted, and less to imperceptible detail.
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
public record SimpleLoss(NoiseSchedule schedule, Prediction prediction) implements ChainObjective {
  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    return SquaredError.perImage(
        tape, output, prediction.target(tape, schedule, images.x0(), images.epsilon(), images.t()));
  }
}
