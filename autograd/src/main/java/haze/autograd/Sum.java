package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Reduce;
import haze.tensor.Tensor;

/// The sum over some axes, which keep size 1.
///
/// Backward: dy, repeated along those axes.
///
/// @param x the operand
/// @param y the sum
public record Sum(Variable x, Variable y) implements Operation {

  /// Sums.
  ///
  /// @param tape the tape
  /// @param x the operand
  /// @param axes the axes to sum over; all if none is given
  /// @return a variable of x's rank in which those axes have size 1
  /// @throws IllegalArgumentException if there is no such axis
  public static Variable apply(Tape tape, Variable x, int... axes) {
    Variable y = tape.output(Reduce.sum(tape, x.value(), axes), x);
    return tape.record(new Sum(x, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor zeros = tape.allocate(x.value().shape()).fill(0);
    x.addGradient(tape, Elementwise.add(tape, zeros, y.gradient()));
    tape.release(zeros);
  }
}
