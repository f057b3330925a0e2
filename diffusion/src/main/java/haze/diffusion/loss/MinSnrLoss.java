package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;

/// The squared error with weights that balance the timesteps (Hang et al. 2023, "Efficient
/// Diffusion Training via Min-SNR Weighting Strategy"): in terms of the image,
///
/// ```
/// L = mean of  min(SNR_t, gamma) (x_0 - x_theta(x_t, t))^2,  SNR_t = alphaBar_t / (1 - alphaBar_t)
/// ```
///
/// whatever is predicted. As weights of the error of the prediction itself that is `min(SNR,
/// gamma)` times 1 for x_0, `1 / SNR` for epsilon, and `1 / (SNR + 1)` for v.
///
/// @param schedule how much noise each step adds
/// @param prediction what the network predicts
/// @param gamma the largest weight, above 0; the authors recommend [#PUBLISHED_GAMMA]
public record MinSnrLoss(NoiseSchedule schedule, Prediction prediction, double gamma)
    implements ChainObjective {
  /// The authors' gamma.
  public static final double PUBLISHED_GAMMA = 5;

  /// @throws IllegalArgumentException if it is not positive
  public MinSnrLoss {
    if (!(gamma > 0)) {
      throw new IllegalArgumentException("min-SNR loss: gamma is not positive: " + gamma);
    }
  }

  @Override
  public Variable losses(Tape tape, Variable output, Noised images) {
    Variable losses = new SimpleLoss(schedule, prediction).losses(tape, output, images);
    float[] weights = new float[images.t().length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) weight(images.t()[i]);
    }
    return SquaredError.weighted(tape, losses, weights);
  }

  /// {@return the factor of the prediction's squared error at a timestep}
  ///
  /// @param t the timestep, 1..T
  /// @throws IllegalArgumentException if there is no such timestep
  public double weight(int t) {
    double snr = schedule.snr(t);
    return switch (prediction) {
      // min(SNR, gamma) / SNR; 1 where the SNR is 0.
      case EPSILON -> Math.min(1, gamma / snr);
      case X0 -> Math.min(snr, gamma);
      case V -> Math.min(snr, gamma) / (snr + 1);
    };
  }
}
