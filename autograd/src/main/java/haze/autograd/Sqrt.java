package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;

/// `y = sqrt(x)`.
///
/// Backward: `dx = dy / (2 y)`, infinite where x is 0.
public record Sqrt(Variable x, Variable y) implements Operation {

  /// {@return the square root; NaN where x is negative}
  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.sqrt(tape, x.value()), x);
    return tape.record(new Sqrt(x, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor twice = Elementwise.scale(tape, y.value(), 2);
    x.addGradient(tape, Elementwise.divide(tape, y.gradient(), twice));
    tape.release(twice);
  }
}
