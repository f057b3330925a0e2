import org.jspecify.annotations.NullMarked;

/// Layers, the U-Net, optimizers and weights on disk.
@NullMarked
module haze.nn {
  requires static transitive org.jspecify;
  requires transitive haze.autograd;

  exports haze.nn;
  exports haze.nn.file;
  exports haze.nn.optim;
  exports haze.nn.pytorch;
  exports haze.nn.safetensors;
  exports haze.nn.unet;
}
