package haze.diffusion.sampler;

import haze.tensor.Tensor;

/// The network as the mathematics sees it: shown a noisy image, it says what is noise in it.
///
/// The mathematics' t runs from 1 to T, a network's timestep from 0 to T-1:
/// [haze.diffusion.process.NoiseSchedule#modelTimestep] converts.
@FunctionalInterface
public interface Denoiser {
  /// Says what it sees in images that are all at the same noise level.
  ///
  /// What is said about one image must not depend on the others in the batch.
  ///
  /// @param xt noisy images, `[n, h, w, c]`; not to be changed
  /// @param timestep their timestep as networks count, 0..T-1; between two of the chain's for
  ///   samplers that need it
  /// @return the prediction, whose meaning is up to [Parameterization]: `[n, h, w, c]`, or `[n, h,
  ///   w, 2c]` from a network that also learned a variance
  Tensor predict(Tensor xt, double timestep);
}
