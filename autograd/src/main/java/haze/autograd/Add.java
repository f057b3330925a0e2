package haze.autograd;

import haze.tensor.Elementwise;

/// `y = a + b`, with broadcasting.
///
/// Backward: `da = dy` and `db = dy`, each summed over the axes along which its operand was
/// repeated.
public record Add(Variable a, Variable b, Variable y) implements Operation {

  /// {@return `a + b`, of the shape that a and b broadcast to}
  ///
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Variable y = tape.output(Elementwise.add(tape, a.value(), b.value()), a, b);
    return tape.record(new Add(a, b, y));
  }

  @Override
  public void backward(Tape tape) {
    Broadcast.addGradient(tape, b, y.gradient());
    if (a.shape().equals(y.shape())) {
      a.addGradient(tape, y.takeGradient());
    } else {
      Broadcast.addGradient(tape, a, y.gradient());
    }
  }
}
