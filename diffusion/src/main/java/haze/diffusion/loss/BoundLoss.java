package haze.diffusion.loss;

import haze.autograd.Scale;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;

/// The variational bound itself as objective: the best likelihood, though not the best samples.
///
/// The bound is a sum over timesteps, of which an image's draw is one, so that T times its term is
/// the bound in expectation (without L_T, on which no parameter has an influence;
/// openai/improved-diffusion's `RESCALED_KL`). Its terms differ by orders of magnitude, and so the
/// gradient is noisy if timesteps are drawn uniformly: [TimestepSampler.Importance] is made for it
/// (Nichol & Dhariwal 2021, section 3.3).
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
/// @param variance the variance of a reverse step; if learned, the output has twice the channels
public record BoundLoss(NoiseSchedule schedule, Prediction prediction, ReverseVariance variance)
    implements ChainObjective {
  @Override
  public boolean learnsVariance() {
    return ChainObjective.isLearned(variance);
  }

  /// {@return `T L_{t-1}` for every image, in bits per dimension, `[n, 1, 1, 1]`}
  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    var options = new BoundTerm.Options(schedule, prediction, variance, false);
    Variable terms = BoundTerm.apply(tape, output, images.x0(), images.xt(), options, images.t());
    return Scale.apply(tape, terms, schedule.timesteps());
  }
}
