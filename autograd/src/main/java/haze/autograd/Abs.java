package haze.autograd;

import haze.tensor.Elementwise;

/// `y = |x|`.
///
/// Backward: `dx = dy sign(x)`, 0 at the kink.
public record Abs(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.abs(tape, x.value()), x);
    return tape.record(new Abs(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.absBackward(tape, x.value(), y.gradient()));
  }
}
