package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// Sampling of a consistency model, which predicts the end of the deterministic path in one step
/// (Luo et al. 2023, "Latent Consistency Models", algorithm 3; Song et al. 2023, "Consistency
/// Models", algorithm 1): a step takes the prediction for the sample, and adds noise to it again up
/// to the next level.
///
/// ```
/// f  = c_skip x + c_out x_0,   c_skip = 1/4 / (tau^2 + 1/4),   c_out = tau / sqrt(tau^2 + 1/4)
/// x' = a' f + s' z,            z ~ N(0, I)
/// ```
///
/// where tau is the scaled timestep: f is x itself where there is no noise, and `x_0` elsewhere.
/// Equal to diffusers' `LCMScheduler`. For a network that was not trained for it the samples are
/// blurred, for it predicts the mean of the images that x may come from.
///
/// @param schedule the noise levels
/// @param timestepScaling the factor of tau, positive
public record LcmSampler(SamplingSchedule schedule, double timestepScaling) implements Sampler {
  /// The square of Luo et al.'s `sigma_data`, 1/2.
  private static final double DATA_VARIANCE = 0.25;

  /// {@return the timesteps that n steps visit: n of the `original` ones at which such a model was
  /// trained, in even steps from T}
  ///
  /// @param trained T
  /// @param original how many timesteps the training used, 1..T
  /// @param steps n, 1..original
  /// @throws IllegalArgumentException if a number is outside its range
  public static int[] timesteps(int trained, int original, int steps) {
    if (original > trained || steps < 1 || steps > original) {
      throw new IllegalArgumentException(
          "LCM: "
              + steps
              + " steps, expected 1 to the original "
              + original
              + ", and those at most "
              + trained);
    }
    int stride = trained / original;
    int[] timesteps = new int[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (original - (int) ((long) i * original / steps)) * stride;
    }
    return timesteps;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    double tau = timestepScaling * schedule.timestep(step);
    double square = tau * tau + DATA_VARIANCE;
    Tensor clean = WeightedSum.of(DATA_VARIANCE / square, from.xt(), tau / Math.sqrt(square), x0);
    Tensor next =
        step == schedule.steps() - 1 ? clean : schedule.level(step + 1).mix(clean, noise.apply(0));
    return new State(next, List.of(clean));
  }
}
