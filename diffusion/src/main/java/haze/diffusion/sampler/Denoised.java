package haze.diffusion.sampler;

import haze.tensor.Tensor;
import java.util.Optional;

/// What a [Denoiser] predicts of noisy images.
///
/// @param x0 the clean images, `[n, h, w, c]`, kept in range by a [Clip]
/// @param epsilon the noise, `[n, h, w, c]`: of the network's output as it is, whatever becomes of
///   `x0` by clipping; without meaning where there is no noise
/// @param variance where the variance of the reverse step lies between the smallest, -1, and the
///   largest, 1, for every element, `[n, h, w, c]`; only of a network that has learned it
public record Denoised(Tensor x0, Tensor epsilon, Optional<Tensor> variance) {}
