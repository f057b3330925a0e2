package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Reduce;
import haze.tensor.Tensor;

/// `y = sum of x` over some axes, which keep size 1.
///
/// Backward: `dx = dy`, repeated along those axes.
public record Sum(Variable x, Variable y) implements Operation {

  /// {@return the sum, of x's rank; the axes that were summed over have size 1}
  ///
  /// @param axes to sum over, negative if counted from the end; all if none is given
  /// @throws IllegalArgumentException if there is no such axis
  public static Variable apply(Tape tape, Variable x, int... axes) {
    Variable y = tape.output(Reduce.sum(tape, x.value(), axes), x);
    return tape.record(new Sum(x, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor zeros = tape.allocate(x.shape()).fill(0);
    x.addGradient(tape, Elementwise.add(tape, zeros, y.gradient()));
    tape.release(zeros);
  }
}
