package haze.autograd;

import haze.tensor.FirFilter;

/// Half or double the resolution of images through a low-pass filter, see [FirFilter].
///
/// Backward: every pixel of `dx` is the sum of the `dy` that it is a part of, by the same weights.
public record FilteredResize(Variable x, FirFilter filter, Variable y) implements Operation {

  /// {@return `[n, h/2, w/2, c]` or `[n, 2h, 2w, c]`}
  ///
  /// @param x images `[n, h, w, c]`
  /// @throws IllegalArgumentException if x does not have four axes, or sides that do not fit
  public static Variable apply(Tape tape, FirFilter filter, Variable x) {
    Variable y = tape.output(filter.forward(tape, x.value()), x);
    return tape.record(new FilteredResize(x, filter, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, filter.backward(tape, x.shape(), y.gradient()));
  }
}
