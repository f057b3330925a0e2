package haze.autograd;

import haze.tensor.Elementwise;

/// `y = tanh x`.
///
/// Backward: `dx = dy (1 - y^2)`.
public record Tanh(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.tanh(tape, x.value()), x);
    return tape.record(new Tanh(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.tanhBackward(tape, y.value(), y.gradient()));
  }
}
