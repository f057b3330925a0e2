package haze.diffusion.loss;

import haze.autograd.Add;
import haze.autograd.Scale;
import haze.autograd.Slice;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.tensor.Tensor;

/// The squared error for the mean, and the bound for the variance (Nichol & Dhariwal 2021, eq. 16):
///
/// ```
/// L_hybrid = L_simple + 0.001 L_vlb
/// ```
///
/// L_vlb is T times an image's term of the bound in bits per dimension, and is held to know nothing
/// of the mean: through it the gradient flows into the variance only. So the pictures are
/// L_simple's, with a better likelihood, and fewer sampling steps do.
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
  public Variable losses(
      Tape tape, Variable output, Tensor x0, Tensor epsilon, Tensor xt, int... t) {
    Variable terms =
        BoundTerm.apply(
            tape,
            output,
            x0,
            xt,
            new BoundTerm.Options(schedule, prediction, ReverseVariance.LEARNED_RANGE, true),
            t);
    Variable said = Slice.apply(tape, output, -1, 0, x0.dim(-1));
    Variable simple = new SimpleLoss(schedule, prediction).losses(tape, said, x0, epsilon, xt, t);
    return Add.apply(
        tape, simple, Scale.apply(tape, terms, (float) (LAMBDA * schedule.timesteps())));
  }
}
