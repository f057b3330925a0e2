package haze.autograd;

import haze.tensor.Nonlinearity;

/// `y = x g` with `g = tanh(ln(1 + e^x))`: Mish.
///
/// Backward: `dx = dy (g + x (1 - g^2) s)` with `s = 1 / (1 + e^-x)`.
public record Mish(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    return tape.record(new Mish(x, tape.output(Nonlinearity.mish(tape, x.value()), x)));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Nonlinearity.mishBackward(tape, x.value(), y.gradient()));
  }
}
