package haze.autograd;

import haze.tensor.Resize;

/// Nearest-neighbour upsampling: every pixel becomes a square of 2x2.
///
/// Backward: `dx` is the sum of dy over the square.
public record Upsample(Variable x, Variable y) implements Operation {

  /// {@return `[n, 2h, 2w, c]`}
  ///
  /// @param x images `[n, h, w, c]`
  /// @throws IllegalArgumentException if x does not have four axes
  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(() -> Resize.nearest2x(tape, x.value()), x);
    return tape.record(new Upsample(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Resize.sum2x2(tape, y.gradient(), 1));
  }
}
