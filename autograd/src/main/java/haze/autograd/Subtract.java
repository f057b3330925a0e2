package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;

/// `y = a - b`, with broadcasting.
///
/// Backward: `da = dy` and `db = -dy`, each summed over the axes along which its operand was
/// repeated.
public record Subtract(Variable a, Variable b, Variable y) implements Operation {

  /// {@return `a - b`, of the shape that a and b broadcast to}
  ///
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Variable y = tape.output(Elementwise.subtract(tape, a.value(), b.value()), a, b);
    return tape.record(new Subtract(a, b, y));
  }

  @Override
  public void backward(Tape tape) {
    Broadcast.addGradient(tape, a, y.gradient());
    if (b.needsGradient()) {
      Tensor negative = Elementwise.scale(tape, y.gradient(), -1);
      Broadcast.addGradient(tape, b, negative);
      tape.release(negative);
    }
  }
}
