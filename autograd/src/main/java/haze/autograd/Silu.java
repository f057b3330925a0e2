package haze.autograd;

import haze.tensor.Elementwise;

/// `y = x s` with `s = 1 / (1 + e^-x)`: SiLU, also called swish.
///
/// Backward: `dx = dy s (1 + x (1 - s))`.
public record Silu(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.silu(tape, x.value()), x);
    return tape.record(new Silu(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.siluBackward(tape, x.value(), y.gradient()));
  }
}
