package haze.diffusion.editing;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;

/// DDIM inversion: from an image to the noise that deterministic sampling makes it of (Song et al.
/// 2021, DDIM, section 4.3).
///
/// A step of [EulerSampler], and of DDIM without fresh noise, is `x' = signal' x_0 + noise'
/// epsilon` with the epsilon predicted at x. Solved for x it contains the epsilon of the unknown x
/// itself. The first round takes the epsilon of x' in its place; each further round that of the x
/// found so far, which converges to the exact inverse where steps are small.
public final class DdimInversion {
  private final SamplingSchedule schedule;
  private final int rounds;

  /// The inverse of a sampler.
  ///
  /// @param schedule the noise levels of the sampler
  /// @param rounds network evaluations a step, at least 1, the usual inversion
  /// @throws IllegalArgumentException if the number of rounds is not positive
  public DdimInversion(SamplingSchedule schedule, int rounds) {
    if (rounds < 1) {
      throw new IllegalArgumentException(
          "DDIM inversion: not a positive number of rounds: " + rounds);
    }
    this.schedule = schedule;
    this.rounds = rounds;
  }

  /// {@return the images from which the sampler comes back to about the given ones}
  ///
  /// @param denoiser the model; whether it clips does not matter
  /// @param x0 the images, `[n, h, w, c]`
  /// @param step the step at whose beginning to arrive, 0 for pure noise
  /// @throws IllegalArgumentException if the network's output has another shape
  public Tensor encode(Denoiser denoiser, Tensor x0, int step) {
    Tensor at = x0;
    for (int i = schedule.steps() - 1; i >= step; i--) {
      NoiseLevel low = schedule.level(i + 1);
      NoiseLevel high = schedule.level(i);
      Tensor up = at;
      for (int round = 0; round < rounds; round++) {
        // The first prediction of x is x', of the lower level.
        Tensor epsilon = denoiser.at(up, high, schedule.timestep(i)).epsilon();
        double ratio = high.signal() / low.signal();
        up = WeightedSum.of(ratio, at, high.noise() - ratio * low.noise(), epsilon);
      }
      at = up;
    }
    return at;
  }
}
