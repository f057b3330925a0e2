package haze.autograd;

import haze.tensor.Layout;
import haze.tensor.Tensor;
import java.util.List;

/// Variables one behind the other along an axis.
///
/// Backward: each part gets its piece of dy.
public record Concat(List<Variable> parts, int axis, Variable y) implements Operation {

  /// {@return the parts, one behind the other}
  ///
  /// @param axis negative if counted from the end
  /// @param parts at least one; their shapes differ along the axis at most
  /// @throws IllegalArgumentException if there is no part or shapes differ elsewhere
  public static Variable apply(Tape tape, int axis, Variable... parts) {
    List<Variable> all = List.of(parts);
    Variable y = tape.output(() -> joined(tape, axis, all), parts);
    return tape.record(new Concat(all, y.shape().axis(axis), y));
  }

  private static Tensor joined(Tape tape, int axis, List<Variable> parts) {
    Tensor[] values = new Tensor[parts.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = parts.get(i).value();
    }
    return Layout.concat(tape, axis, values);
  }

  @Override
  public void backward(Tape tape) {
    int from = 0;
    for (Variable part : parts) {
      int count = part.shape().dim(axis);
      if (part.needsGradient()) {
        part.addGradient(tape, Layout.slice(tape, y.gradient(), axis, from, count));
      }
      from += count;
    }
  }
}
