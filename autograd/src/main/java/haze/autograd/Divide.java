package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;

/// `y = a / b`, element by element, with broadcasting.
///
/// Backward: `da = dy / b` and `db = -dy y / b`, each summed over the axes along which its operand
/// was repeated.
public record Divide(Variable a, Variable b, Variable y) implements Operation {

  /// {@return `a / b`, of the shape that a and b broadcast to}
  ///
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Variable y = tape.output(Elementwise.divide(tape, a.value(), b.value()), a, b);
    return tape.record(new Divide(a, b, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor quotient = Elementwise.divide(tape, y.gradient(), b.value());
    Broadcast.addGradient(tape, a, quotient);
    if (b.needsGradient()) {
      Tensor product = Elementwise.multiply(tape, quotient, y.value());
      Tensor negative = Elementwise.scale(tape, product, -1);
      Broadcast.addGradient(tape, b, negative);
      tape.release(negative);
      tape.release(product);
    }
    tape.release(quotient);
  }
}
