package haze.diffusion.sampler;

import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// From a seed to samples: takes all steps of a sampler with a model.
///
/// The random numbers of image i depend on the seed and i alone, so that an image comes out the
/// same whatever other images are made in its batch, before it or on other threads.
public final class SamplingLoop {
  /// The purpose of sampling's random numbers, see [Rng]: the letters "SAMP". Of n steps, step 0 of
  /// it is `x_T`, and step `k + 1 + (n + 1) d` number d of the noise of sampling step k.
  public static final int NOISE_PURPOSE = 0x53414D50;

  private final Denoiser denoiser;
  private final Sampler sampler;

  /// A loop that may be run any number of times.
  public SamplingLoop(Denoiser denoiser, Sampler sampler) {
    this.denoiser = denoiser;
    this.sampler = sampler;
  }

  /// Makes the samples number `firstImage` to `firstImage + n - 1` of a seed.
  ///
  /// @param firstImage the number of the batch's first sample, from 0
  /// @param shape the batch, `[n, h, w, c]`
  /// @return the samples, in about [-1, 1]
  /// @throws IllegalArgumentException if the network's output has another shape
  public Tensor sample(long seed, int firstImage, Shape shape, Listener listener) {
    Tensor xt = noise(seed, 0, firstImage, shape);
    double scale = sampler.schedule().initialNoise();
    return denoise(seed, firstImage, scale == 1 ? xt : xt.times((float) scale), 0, listener);
  }

  /// {@return images with as much noise as there is where a step begins, to go on from there with
  /// [#denoise]}
  ///
  /// @param firstImage the number of the batch's first image, from 0
  /// @param x0 the clean images, `[n, h, w, c]`
  /// @param step the step, from 0 to the number of steps; see [SamplingSchedule#stepAt]
  public Tensor addNoise(long seed, int firstImage, Tensor x0, int step) {
    return sampler.schedule().level(step).mix(x0, noise(seed, 0, firstImage, x0.shape()));
  }

  /// Takes the steps from some step on.
  ///
  /// @param seed the seed of the noise that steps add
  /// @param firstImage the number of the batch's first image, from 0
  /// @param xt the images, `[n, h, w, c]`, with as much noise as there is where the step begins
  /// @param step the first step to take, from 0 to the number of steps
  /// @return the samples, in about [-1, 1]
  /// @throws IllegalArgumentException if the network's output has another shape
  public Tensor denoise(long seed, int firstImage, Tensor xt, int step, Listener listener) {
    Sampler.State state = Sampler.State.start(xt);
    int steps = sampler.schedule().steps();
    listener.before(xt);
    for (int i = step; i < steps; i++) {
      int number = i + 1;
      state =
          sampler.step(
              i,
              state,
              denoiser,
              draw -> noise(seed, number + draw * (steps + 1), firstImage, xt.shape()));
      listener.after(number, steps, state);
    }
    return state.xt();
  }

  private static Tensor noise(long seed, int step, int firstImage, Shape shape) {
    Tensor noise = Tensor.zeros(shape.dims());
    for (int i = 0; i < shape.dim(0); i++) {
      new Rng(seed, NOISE_PURPOSE, step, firstImage + i).normal(noise.at(i));
    }
    return noise;
  }

  /// Watches the steps: for progress, or to keep what lies between, see [Snapshots].
  @FunctionalInterface
  public interface Listener {
    /// Called once before the first step.
    ///
    /// @param xt the images that it begins with; not to be changed
    default void before(Tensor xt) {}

    /// Called after every step.
    ///
    /// @param done how many steps are done, from 1, counted from the noise
    /// @param steps how many there are
    /// @param state where this step arrived; not to be changed
    void after(int done, int steps, Sampler.State state);
  }
}
