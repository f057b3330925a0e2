package haze.autograd;

import haze.tensor.Elementwise;

/// `y = factor x` for a fixed number.
///
/// Backward: `dx = factor dy`.
public record Scale(Variable x, float factor, Variable y) implements Operation {

  public static Variable apply(Tape tape, Variable x, float factor) {
    Variable y = tape.output(Elementwise.scale(tape, x.value(), factor), x);
    return tape.record(new Scale(x, factor, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, Elementwise.scale(tape, y.gradient(), factor));
  }
}
