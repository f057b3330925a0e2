package haze.nn.unet;

import haze.autograd.Upsample;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.tensor.Convolution;

/// Twice the resolution: each pixel becomes a square of 2x2, then a convolution.
final class Doubling extends UNetPart {
  private final Conv2d conv;

  Doubling(int channels) {
    conv = register("conv", new Conv2d(channels, channels, 3, Convolution.of(1, 1)));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    return pass.tape().scope(() -> conv.forward(pass.tape(), Upsample.apply(pass.tape(), x)));
  }
}
