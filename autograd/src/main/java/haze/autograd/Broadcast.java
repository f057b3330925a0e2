package haze.autograd;

import haze.tensor.Reduce;
import haze.tensor.Tensor;

/// The gradient of broadcasting, shared by the arithmetic operations.
final class Broadcast {
  private Broadcast() {}

  /// Adds a gradient of the broadcast shape, which others may use too, to an operand's.
  static void addGradient(Tape tape, Variable operand, Tensor gradient) {
    if (!operand.needsGradient()) {
      return;
    }
    if (operand.shape().equals(gradient.shape())) {
      operand.addSharedGradient(tape, gradient);
    } else {
      operand.addGradient(tape, Reduce.sumTo(tape, gradient, operand.shape()));
    }
  }
}
