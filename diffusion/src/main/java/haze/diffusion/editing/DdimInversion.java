package haze.diffusion.editing;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;

/// From a picture back to the noise that would make it: deterministic sampling walked the other way
/// (Song et al. 2021, DDIM, section 4.3).
///
/// A step of [EulerSampler], and of DDIM without fresh noise, is `x' = signal' x_0 + noise'
/// epsilon` with the epsilon seen in x. Solved for x it asks for the epsilon of the unknown x
/// itself. The first answer is that of x' in its place; each further round asks again with the x
/// found so far, and converges to the exact inverse where steps are small.
public final class DdimInversion {
  private final SamplingSchedule schedule;
  private final int rounds;

  /// An encoder along a way.
  ///
  /// @param schedule the way of the sampler that is to be walked the other way
  /// @param rounds how often the network is asked in a step, at least 1, the usual inversion
  /// @throws IllegalArgumentException if the number of rounds is not positive
  public DdimInversion(SamplingSchedule schedule, int rounds) {
    if (rounds < 1) {
      throw new IllegalArgumentException(
          "DDIM inversion: not a positive number of rounds: " + rounds);
    }
    this.schedule = schedule;
    this.rounds = rounds;
  }

  /// Encodes pictures.
  ///
  /// @param denoiser the network
  /// @param x0 the pictures, `[n, h, w, c]`
  /// @param step the step at whose beginning to arrive, 0 for all of the way
  /// @return the images from which the sampler comes back to about these pictures
  /// @throws IllegalArgumentException if the network answers in another shape
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
