package haze.diffusion.pipeline;

import haze.nn.unet.ImageSize;
import java.util.Optional;

/// What is read of a pipeline directory, see [Pipeline#load(java.nio.file.Path, LoadChoice)].
///
/// @param averaged whether the weights are the moving average in `unet_ema`, which training scripts
///   of diffusers keep beside `unet`
/// @param variant the word in the names of the weights' files, such as `fp16` in
///   `diffusion_pytorch_model.fp16.safetensors`; if it is empty, files without such a word, or the
///   only variant that there is
/// @param sampler the sampler that is going to be used: the scheduler may then be of a class that
///   Haze does not support, if the model was trained on a Markov chain; if it is empty, the
///   scheduler's own
/// @param size the size of the images, which the network can halve; if it is empty, that which the
///   network is made for
public record LoadChoice(
    boolean averaged,
    Optional<String> variant,
    Optional<SamplerKind> sampler,
    Optional<ImageSize> size) {
  /// The weights of `unet`, the scheduler's own sampler, the network's own size.
  public static final LoadChoice DEFAULT =
      new LoadChoice(false, Optional.empty(), Optional.empty(), Optional.empty());
}
