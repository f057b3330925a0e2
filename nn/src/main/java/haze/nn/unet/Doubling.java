package haze.nn.unet;

import haze.autograd.Tape;
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
    Tape tape = pass.tape();
    return tape.scope(
        () -> {
          Variable upsampled = Upsample.apply(tape, x);
          Variable y = conv.forward(tape, upsampled);
          tape.forget(upsampled);
          return y;
        });
  }
}
