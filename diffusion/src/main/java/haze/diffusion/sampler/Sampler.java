package haze.diffusion.sampler;

import haze.tensor.Tensor;

/// A way backwards through the chain: which timesteps are visited, and how the network's answer at one
/// leads to the next.
///
/// A sampler holds coefficients only, no images and no random numbers: it is immutable, may be shared
/// by threads, and gives the same result for the same arguments.
public interface Sampler {
  /// How many steps lead from noise to picture; each asks the network once.
  ///
  /// @return the number of steps, at least 1
  int steps();

  /// The timestep at which a step begins.
  ///
  /// @param step which step, from 0 (noise) to `steps() - 1`
  /// @return t, 1..T, falling from step to step
  int timestep(int step);

  /// Whether a step adds fresh noise.
  ///
  /// @param step which step, from 0 to `steps() - 1`
  /// @return false if the step does not read its noise
  boolean needsNoise(int step);

  /// Takes one step: from the images at `timestep(step)` to the less noisy ones the next step begins
  /// with, or to the finished pictures.
  ///
  /// @param step which step, from 0 to `steps() - 1`
  /// @param xt the images at this step's timestep, `[n, ...]`
  /// @param epsilon the noise that the network sees in them, same shape
  /// @param noise standard normal noise of the same shape; any tensor of that shape where
  ///     [#needsNoise] is false
  /// @return the next images, and the pictures that the network expects
  /// @throws IllegalArgumentException if shapes differ
  Step step(int step, Tensor xt, Tensor epsilon, Tensor noise);

  /// What a step arrives at.
  ///
  /// @param previous the images at the next, lower timestep, `[n, ...]`
  /// @param x0 the pictures that the network expects at the end, clipped if the sampler clips
  record Step(Tensor previous, Tensor x0) {}
}
