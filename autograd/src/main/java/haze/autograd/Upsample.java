package haze.autograd;

import haze.tensor.Resize;

/// Nearest-neighbour upsampling: every pixel becomes a square of 2x2.
///
/// Backward: the sum over the square.
///
/// @param x images `[n, h, w, c]`
/// @param y `[n, 2h, 2w, c]`
public record Upsample(Variable x, Variable y) implements Operation {

  /// Upsamples.
  ///
  /// @param tape the tape
  /// @param x images `[n, h, w, c]`
  /// @return `[n, 2h, 2w, c]`
  /// @throws IllegalArgumentException if x does not have four axes
  public static Variable apply(Tape tape, Variable x) {
    return tape.record(new Upsample(x, tape.output(Resize.nearest2x(tape, x.value()), x)));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Resize.sum2x2(tape, y.gradient(), 1));
  }
}
