package haze.diffusion.loss;

import haze.autograd.Add;
import haze.autograd.Scale;
import haze.autograd.Slice;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;

/// The squared error for the mean, and the bound for the variance (Nichol & Dhariwal 2021, eq. 16):
///
/// ```
/// L_hybrid = L_simple + 0.001 L_vlb
/// ```
///
/// L_vlb is T times an image's term of the bound in bits per dimension. Its gradient is stopped at
/// the mean and flows into the variance only: samples are as good as with L_simple, the likelihood
/// is better, and fewer sampling steps do.
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
public record HybridLoss(NoiseSchedule schedule, Prediction prediction) implements ChainObjective {
  /// Nichol & Dhariwal 2021, section 3.1: lambda, small enough to leave L_simple alone.
  private static final double LAMBDA = 0.001;

  @Override
  public boolean learnsVariance() {
    return true;
  }

  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    var options = new BoundTerm.Options(schedule, prediction, ReverseVariance.LEARNED_RANGE, true);
    Variable terms = BoundTerm.apply(tape, output, images.x0(), images.xt(), options, images.t());
    Variable predicted = Slice.apply(tape, output, -1, 0, images.x0().dim(-1));
    Variable simple = new SimpleLoss(schedule, prediction).losses(tape, predicted, images);
    return Add.apply(
        tape, simple, Scale.apply(tape, terms, (float) (LAMBDA * schedule.timesteps())));
  }
}
