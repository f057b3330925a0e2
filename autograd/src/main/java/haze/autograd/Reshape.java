package haze.autograd;

/// The same elements under another shape, in the same memory.
///
/// Backward: `dx = dy` under the old shape.
public record Reshape(Variable x, Variable y) implements Operation {

  /// {@return a variable that shares x's memory}
  ///
  /// @param dims the new axis sizes; one may be -1 and is computed from the others
  /// @throws IllegalArgumentException if the sizes differ
  public static Variable apply(Tape tape, Variable x, int... dims) {
    return tape.record(new Reshape(x, tape.view(x.value().reshape(dims).shape(), x)));
  }

  @Override
  public void backward(Tape tape) {
    x.addGradient(tape, y.takeGradient().reshape(x.shape()));
  }
}
