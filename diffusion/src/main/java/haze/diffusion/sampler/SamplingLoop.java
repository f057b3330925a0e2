package haze.diffusion.sampler;

import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// From a seed to pictures: drives a sampler with a network.
///
/// The random numbers of image i depend on the seed and i alone, so that an image comes out the same
/// whatever other images are made in its batch, before it or on other threads.
public final class SamplingLoop {
  /// The purpose of sampling's random numbers, see [Rng]: the letters "SAMP". Step 0 of it is `x_T`,
  /// step k + 1 the noise that sampling step k adds.
  public static final int NOISE_PURPOSE = 0x53414D50;

  private final Denoiser denoiser;
  private final Sampler sampler;

  /// A loop that may be run any number of times.
  ///
  /// @param denoiser the network
  /// @param sampler the way from noise to picture
  public SamplingLoop(Denoiser denoiser, Sampler sampler) {
    this.denoiser = denoiser;
    this.sampler = sampler;
  }

  /// Makes the pictures number `firstImage` to `firstImage + n - 1` of a seed.
  ///
  /// @param seed the seed
  /// @param firstImage the number of the batch's first image, from 0
  /// @param shape the batch, `[n, h, w, c]`
  /// @param listener told after every step
  /// @return the pictures, in about [-1, 1]
  /// @throws IllegalArgumentException if the network answers in another shape
  public Tensor sample(long seed, int firstImage, Shape shape, Listener listener) {
    Tensor xt = noise(seed, 0, firstImage, shape);
    Tensor unused = Tensor.zeros(shape.dims());
    for (int i = 0; i < sampler.steps(); i++) {
      Tensor epsilon = denoiser.predict(xt, Denoiser.timestep(sampler.timestep(i)));
      Tensor noise = sampler.needsNoise(i) ? noise(seed, i + 1, firstImage, shape) : unused;
      Sampler.Step step = sampler.step(i, xt, epsilon, noise);
      xt = step.previous();
      listener.after(i + 1, sampler.steps(), step);
    }
    return xt;
  }

  private static Tensor noise(long seed, int step, int firstImage, Shape shape) {
    Tensor noise = Tensor.zeros(shape.dims());
    for (int i = 0; i < shape.dim(0); i++) {
      new Rng(seed, NOISE_PURPOSE, step, firstImage + i).normal(noise.at(i));
    }
    return noise;
  }

  /// Watches a picture come into being: for progress, or to show the path.
  @FunctionalInterface
  public interface Listener {
    /// Called after every step.
    ///
    /// @param done how many steps are done, from 1
    /// @param steps how many there are
    /// @param step what this step arrived at; not to be changed
    void after(int done, int steps, Sampler.Step step);
  }
}
