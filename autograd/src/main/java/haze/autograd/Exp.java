package haze.autograd;

import haze.tensor.Elementwise;

/// `y = e^x`.
///
/// Backward: `dx = dy y`.
public record Exp(Variable x, Variable y) implements Operation {

  /// {@return the exponential, limited to the range of normal floats}
  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.exp(tape, x.value()), x);
    return tape.record(new Exp(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.multiply(tape, y.gradient(), y.value()));
  }
}
