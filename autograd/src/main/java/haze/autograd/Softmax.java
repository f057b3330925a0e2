package haze.autograd;

import haze.tensor.Elementwise;

/// `y[i] = e^x[i] / sum over j of e^x[j]` over the innermost axis.
///
/// Backward: `dx[i] = y[i] (dy[i] - sum over j of dy[j] y[j])`.
public record Softmax(Variable x, Variable y) implements Operation {

  /// {@return positive numbers whose sum over the innermost axis is 1}
  ///
  /// @param x at least one axis
  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.softmax(tape, x.value()), x);
    return tape.record(new Softmax(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.softmaxBackward(tape, y.value(), y.gradient()));
  }
}
