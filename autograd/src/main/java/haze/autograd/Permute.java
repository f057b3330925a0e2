package haze.autograd;

import haze.tensor.Layout;
import java.util.Arrays;
import java.util.List;

/// The same elements with the axes in another order: axis `i` of y is axis `axes[i]` of x.
///
/// Backward: `dx = dy` with the axes back in their order.
public record Permute(Variable x, List<Integer> axes, Variable y) implements Operation {

  /// {@return x with its axes in the order `axes`}
  ///
  /// @throws IllegalArgumentException if `axes` is not a permutation of x's axes
  public static Variable apply(Tape tape, Variable x, int... axes) {
    Variable y = tape.output(Layout.permute(tape, x.value(), axes), x);
    return tape.record(new Permute(x, Arrays.stream(axes).boxed().toList(), y));
  }

  @Override
  public void backward(Tape tape) {
    int[] inverse = new int[axes.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[axes.get(i)] = i;
    }
    x.addGradient(tape, Layout.permute(tape, y.gradient(), inverse));
  }
}
