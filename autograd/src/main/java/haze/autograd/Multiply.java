package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;

/// `y = a b`, element by element, with broadcasting.
///
/// Backward: `da = dy b` and `db = dy a`, each summed over the axes along which its operand was
/// repeated.
public record Multiply(Variable a, Variable b, Variable y) implements Operation {

  /// {@return `a b`, of the shape that a and b broadcast to}
  ///
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Variable y = tape.output(Elementwise.multiply(tape, a.value(), b.value()), a, b);
    return tape.record(new Multiply(a, b, y));
  }

  @Override
  public void backward(Tape tape) {
    addGradient(tape, a, b);
    addGradient(tape, b, a);
  }

  private void addGradient(Tape tape, Variable operand, Variable other) {
    if (operand.needsGradient()) {
      Tensor product = Elementwise.multiply(tape, y.gradient(), other.value());
      Broadcast.addGradient(tape, operand, product);
      tape.release(product);
    }
  }
}
