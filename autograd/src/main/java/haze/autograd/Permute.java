package haze.autograd;

import haze.tensor.Layout;
import java.util.Arrays;
import java.util.List;

/// The same elements with the axes in another order.
///
/// Backward: dy with the axes back in their order.
///
/// @param x the operand
/// @param axes axis `i` of the result is axis `axes.get(i)` of x
/// @param y the permuted variable
public record Permute(Variable x, List<Integer> axes, Variable y) implements Operation {

  /// Permutes.
  ///
  /// @param tape the tape
  /// @param x the operand
  /// @param axes axis `i` of the result is axis `axes[i]` of x
  /// @return the permuted variable
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
