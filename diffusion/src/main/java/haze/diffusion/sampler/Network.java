package haze.diffusion.sampler;

import haze.tensor.Tensor;

/// A trained network. What its output means is up to the [Parameterization] that it was trained
/// with.
///
/// The mathematics' t runs from 1 to T, a network's timestep from 0 to T-1:
/// [haze.diffusion.process.NoiseSchedule#modelTimestep] converts.
@FunctionalInterface
public interface Network {
  /// Evaluates the network for images that are all at the same noise level. The output for one
  /// image must not depend on the others in the batch.
  ///
  /// @param xt noisy images, `[n, h, w, c]`; not to be changed
  /// @param timestep their timestep as networks count, 0..T-1; between two of the chain's for
  ///   samplers that need it
  /// @return the output, `[n, h, w, c]`, or `[n, h, w, 2c]` from a network that also learned a
  ///   variance
  Tensor predict(Tensor xt, double timestep);
}
