package haze.autograd;

import haze.tensor.Dropout;

/// Zeros at random elements, see [Dropout]: `y[i] = m[i] x[i]` with `m[i]` 0 or `1 / (1 - p)`.
///
/// Backward: `dx[i] = m[i] dy[i]`. The `m[i]` are a function, so they are not kept but computed
/// again.
public record DropoutOp(Variable x, Dropout dropout, Variable y) implements Operation {

  /// {@return x with zeros}
  ///
  /// @param x a batch, `[n, ...]`
  public static Variable apply(Tape tape, Dropout dropout, Variable x) {
    Variable y = tape.output(dropout.apply(tape, x.value()), x);
    return tape.record(new DropoutOp(x, dropout, y));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, dropout.apply(tape, y.gradient()));
  }
}
