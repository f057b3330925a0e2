package haze.autograd;

import haze.tensor.Elementwise;

/// `y = max(x, 0)`: the rectified linear unit.
///
/// Backward: `dx = dy` where `x > 0`, otherwise 0, also at the kink.
public record Relu(Variable x, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.relu(tape, x.value()), x);
    return tape.record(new Relu(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.reluBackward(tape, x.value(), y.gradient()));
  }
}
