package haze.nn.unet;

import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.tensor.Convolution;

/// Half the resolution by a convolution of stride 2.
final class Halving extends UNetPart {
  private final Conv2d conv;

  /// @param padding 1: on all sides; 0: right and below only, by a row and a column of zeros before
  ///   a convolution without padding
  Halving(int channels, int padding) {
    Convolution halving = padding == 1 ? Convolution.of(2, 1) : new Convolution(2, 0, 1, 0, 1);
    conv = register("conv", new Conv2d(channels, channels, 3, halving));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    return conv.forward(pass.tape(), x);
  }
}
