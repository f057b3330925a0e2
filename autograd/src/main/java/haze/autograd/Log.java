package haze.autograd;

import haze.tensor.Elementwise;

/// `y = ln x`.
///
/// Backward: `dx = dy / x`.
public record Log(Variable x, Variable y) implements Operation {

  /// {@return the natural logarithm; minus infinity where x is 0, NaN where it is negative}
  public static Variable apply(Tape tape, Variable x) {
    Variable y = tape.output(Elementwise.log(tape, x.value()), x);
    return tape.record(new Log(x, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.divide(tape, y.gradient(), x.value()));
  }
}
