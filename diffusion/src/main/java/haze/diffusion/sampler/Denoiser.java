package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.tensor.Tensor;

/// The best prediction of the clean images in noisy ones: `D(x; sigma)` of Karras et al. 2022. It
/// is all that a sampler knows of the model. [Parameterization] makes one of a network.
@FunctionalInterface
public interface Denoiser {
  /// Predicts the clean images and the noise in images that are all at the same noise level.
  ///
  /// @param x noisy images, `[n, h, w, c]`; not to be changed
  /// @param level their noise level
  /// @param timestep the same as the network counts it, see [Network#predict]
  /// @throws IllegalArgumentException if the shapes do not fit
  Denoised at(Tensor x, NoiseLevel level, double timestep);
}
