package haze.autograd;

/// The mean over some axes, which keep size 1.
public final class Mean {
  private Mean() {}

  /// Averages: the sum divided by the number of terms.
  ///
  /// @param tape the tape
  /// @param x the operand
  /// @param axes the axes to average over; all if none is given
  /// @return a variable of x's rank in which those axes have size 1
  /// @throws IllegalArgumentException if there is no such axis
  public static Variable apply(Tape tape, Variable x, int... axes) {
    Variable sum = Sum.apply(tape, x, axes);
    return Scale.apply(tape, sum, (float) sum.value().size() / x.value().size());
  }
}
