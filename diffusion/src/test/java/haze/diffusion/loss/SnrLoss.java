package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;

// @start region="loss"
/// The squared error of `x_0` weighted by the signal-to-noise ratio.
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
public record SnrLoss(NoiseSchedule schedule, Prediction prediction) implements ChainObjective {
  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    Variable losses = new SimpleLoss(schedule, prediction).losses(tape, output, images);
    float[] weights = new float[images.t().length];
    for (int i = 0; i < weights.length; i++) {
      double snr = schedule.snr(images.t()[i]);
      weights[i] =
          (float)
              switch (prediction) {
                case EPSILON -> 1;
                case X0 -> snr;
                case V -> snr / (snr + 1);
              };
    }
    return SquaredError.weighted(tape, losses, weights);
  }
}
// @end
