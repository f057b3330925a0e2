package haze.autograd;

import haze.tensor.Elementwise;

/// `y = 1 / (1 + e^-x)`: the logistic function.
///
/// Backward: `dx = dy y (1 - y)`.
public record Sigmoid(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.sigmoid(tape, x.value()), x);
    return tape.record(new Sigmoid(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.sigmoidBackward(tape, y.value(), y.gradient()));
  }
}
