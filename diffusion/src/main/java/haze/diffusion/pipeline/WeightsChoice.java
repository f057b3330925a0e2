package haze.diffusion.pipeline;

import java.util.Optional;

/// Which of the weights of a pipeline directory are meant, as diffusers names them.
///
/// @param averaged whether the moving average in `unet_ema` is meant, which training scripts of
///   diffusers keep beside `unet`
/// @param variant the word in the files' names, such as `fp16` in
///   `diffusion_pytorch_model.fp16.safetensors`; if it is empty, files without such a word, or the
///   only variant that there is
public record WeightsChoice(boolean averaged, Optional<String> variant) {
  /// The weights of `unet`.
  public static final WeightsChoice DEFAULT = new WeightsChoice(false, Optional.empty());
}
