package haze.autograd;

/// `y = mean of x` over some axes, which keep size 1: [Sum], then [Scale].
public final class Mean {
  private Mean() {}

  /// {@return the mean, of x's rank; the axes that were averaged over have size 1}
  ///
  /// @param axes to average over, negative if counted from the end; all if none is given
  /// @throws IllegalArgumentException if there is no such axis
  public static Variable apply(Tape tape, Variable x, int... axes) {
    Variable sum = Sum.apply(tape, x, axes);
    return Scale.apply(tape, sum, (float) sum.value().size() / x.value().size());
  }
}
