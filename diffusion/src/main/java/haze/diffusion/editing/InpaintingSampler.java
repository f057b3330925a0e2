package haze.diffusion.editing;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.function.IntFunction;

/// Fills a region of an image with any sampler, without training for it: after every step the known
/// part is put back, with as much noise as the rest has (Lugmayr et al. 2022, RePaint, algorithm 1;
/// Song et al. 2021, "Score-Based Generative Modeling", appendix I.2).
///
/// The network sees the known part in every step and makes the rest fit. But what it makes of the
/// rest in a step cannot depend on the noise that the known part gets after it; so a step is taken
/// several times, each time from what the last one made with as much noise added as the step takes
/// away.
public final class InpaintingSampler implements Sampler {
  private final Sampler sampler;
  private final Tensor known;
  private final Tensor mask;

  /// 1 - mask
  private final Tensor hole;

  private final int rounds;

  /// A sampler that keeps a part of the images.
  ///
  /// @param sampler makes the rest
  /// @param known the images, `[n, h, w, c]`; their pixels in the region do not matter
  /// @param mask which part is known, same shape: 1 is kept, 0 is made; between is a mixture, see
  ///   [MaskRegion]
  /// @param rounds how often every step is taken, at least 1; RePaint takes 10
  /// @throws IllegalArgumentException if the shapes differ, the mask leaves 0..1, or there is no
  ///   round
  public InpaintingSampler(Sampler sampler, Tensor known, Tensor mask, int rounds) {
    if (rounds < 1) {
      throw new IllegalArgumentException("inpainting: not a positive number of rounds: " + rounds);
    }
    if (!known.shape().equals(mask.shape())) {
      throw new IllegalArgumentException(
          "inpainting: shapes differ: images " + known.shape() + ", mask " + mask.shape());
    }
    for (float share : mask.toArray()) {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("inpainting: mask has " + share + ", expected 0 to 1");
      }
    }
    this.sampler = sampler;
    this.known = known;
    this.mask = mask;
    this.hole = WeightedSum.of(-1, mask, 1, Tensor.full(1, mask.shape().dims()));
    this.rounds = rounds;
  }

  @Override
  public SamplingSchedule schedule() {
    return sampler.schedule();
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    State to = once(step, from, denoiser, noise);
    for (int round = 1; round < rounds; round++) {
      // Draw 0 of each round is for the step, draw 1 for the noise added before it.
      int number = 2 * round;
      Tensor back = noisier(step, to.xt(), noise.apply(number - 1));
      to = once(step, from.with(back), denoiser, draw -> noise.apply(number + draw));
    }
    return to;
  }

  private State once(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    State to = sampler.step(step, from, denoiser, noise);
    NoiseLevel level = schedule().level(step + 1);
    // The sampler may have used the same noise, but for the unknown part, of other pixels.
    Tensor kept = level.noise() > 0 ? level.mix(known, noise.apply(0)) : known;
    // Exactly the one or the other where the mask is 1 or 0.
    return to.with(kept.times(mask).plus(to.xt().times(hole)));
  }

  /// The forward process from the end of a step to its beginning.
  private Tensor noisier(int step, Tensor x, Tensor noise) {
    NoiseLevel low = schedule().level(step + 1);
    NoiseLevel high = schedule().level(step);
    double ratio = high.signal() / low.signal();
    double old = ratio * low.noise();
    return WeightedSum.of(ratio, x, Math.sqrt(high.noise() * high.noise() - old * old), noise);
  }
}
