package haze.diffusion.sampler;

import haze.tensor.Tensor;

/// The network as the mathematics sees it: shown a noisy image, it says what is noise in it.
///
/// Here the two ways to count meet. The mathematics' t runs from 1 to T; networks, and the files
/// that hold them, count from 0 to T-1. [#timestep] is the only place that converts; training uses
/// it too.
@FunctionalInterface
public interface Denoiser {
  /// Says what it sees in images that are all at the same noise level.
  ///
  /// What is said about one image must not depend on the others in the batch.
  ///
  /// @param xt noisy images, `[n, h, w, c]`; not to be changed
  /// @param timestep their timestep as networks count, 0..T-1; between two of the chain's for
  ///   samplers that need it
  /// @return the prediction, whose meaning is up to [Reading]: `[n, h, w, c]`, or `[n, h, w, 2c]`
  ///   from a network that also learned a variance
  Tensor predict(Tensor xt, double timestep);

  /// The mathematics' timestep as networks count it.
  ///
  /// @param t the timestep, 1..T
  /// @return the same timestep, 0..T-1
  static int timestep(int t) {
    return t - 1;
  }
}
