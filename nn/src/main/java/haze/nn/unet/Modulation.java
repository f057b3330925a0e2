package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.Multiply;
import haze.autograd.Reshape;
import haze.autograd.Slice;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// Scale and shift of every channel of an image by its embedding, `y = x (1 + scale) + shift`
/// (Perez et al. 2018; Dhariwal and Nichol 2021, eq. 5).
final class Modulation {
  private static final Tensor ONE = Tensor.full(1, 1);

  private Modulation() {}

  /// {@return `[n, h, w, c]`}
  ///
  /// @param x `[n, h, w, c]`
  /// @param scaleAndShift `[n, 2c]`, all scales first
  static Variable apply(Tape tape, Variable x, Variable scaleAndShift) {
    Shape shape = x.value().shape();
    int channels = shape.dim(3);
    Variable both = Reshape.apply(tape, scaleAndShift, shape.dim(0), 1, 1, 2 * channels);
    Variable scale = Slice.apply(tape, both, -1, 0, channels);
    Variable shift = Slice.apply(tape, both, -1, channels, channels);
    Variable scaled = Multiply.apply(tape, x, Add.apply(tape, scale, tape.constant(ONE)));
    return Add.apply(tape, scaled, shift);
  }
}
