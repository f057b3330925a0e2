package haze.autograd;

import haze.tensor.Nonlinearity;

/// `y = x Phi(x)` with the standard normal distribution function Phi: GELU.
///
/// Backward: `dx = dy (Phi(x) + x phi(x))`.
public record Gelu(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    return tape.record(new Gelu(x, tape.output(Nonlinearity.gelu(tape, x.value()), x)));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Nonlinearity.geluBackward(tape, x.value(), y.gradient()));
  }
}
