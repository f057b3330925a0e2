package haze.autograd;

import haze.tensor.Layout;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// The entries `from <= i < from + count` of one axis.
///
/// Backward: `dx = dy` at these entries, 0 at the others.
public record Slice(Variable x, int axis, int from, Variable y) implements Operation {

  /// {@return `count` entries of an axis, from entry `from` on}
  ///
  /// @param axis negative if counted from the end
  /// @throws IllegalArgumentException if the entries do not exist
  public static Variable apply(Tape tape, Variable x, int axis, int from, int count) {
    Variable y = tape.output(Layout.slice(tape, x.value(), axis, from, count), x);
    return tape.record(new Slice(x, x.shape().axis(axis), from, y));
  }

  @Override
  public void backward(Tape tape) {
    Shape shape = x.shape();
    int after = shape.dim(axis) - from - y.shape().dim(axis);
    Tensor before = tape.allocate(shape.with(axis, from)).fill(0);
    Tensor behind = tape.allocate(shape.with(axis, after)).fill(0);
    x.addGradient(tape, Layout.concat(tape, axis, before, y.gradient(), behind));
    tape.release(before);
    tape.release(behind);
  }
}
