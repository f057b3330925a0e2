package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Resize;
import haze.tensor.Tensor;

/// The mean of every square of 2x2 pixels.
///
/// Backward: `dx = dy / 4` for each pixel of the square.
public record AveragePool(Variable x, Variable y) implements Operation {
  private static final float QUARTER = 0.25f;

  /// {@return `[n, h, w, c]`}
  ///
  /// @param x images `[n, 2h, 2w, c]`
  /// @throws IllegalArgumentException if x does not have four axes, or an odd height or width
  public static Variable apply(Tape tape, Variable x) {
    if (x.value().shape().rank() == 4 && (x.value().dim(1) % 2 != 0 || x.value().dim(2) % 2 != 0)) {
      throw new IllegalArgumentException("pool: odd height or width: " + x.value().shape());
    }
    return tape.record(new AveragePool(x, tape.output(Resize.sum2x2(tape, x.value(), QUARTER), x)));
  }

  @Override
  public void backward(Tape tape) {
    Tensor quarter = Elementwise.scale(tape, y.gradient(), QUARTER);
    x.addGradient(tape, Resize.nearest2x(tape, quarter));
    tape.release(quarter);
  }
}
