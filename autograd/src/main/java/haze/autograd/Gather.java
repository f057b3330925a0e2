package haze.autograd;

import haze.tensor.Layout;
import java.util.Arrays;
import java.util.List;

/// Rows of a table, `y[i] = table[indices[i]]`: an embedding.
///
/// Backward: `dtable[indices[i]] += dy[i]`.
public record Gather(Variable table, List<Integer> indices, Variable y) implements Operation {

  /// {@return `[indices.length, ...]`}
  ///
  /// @param table `[rows, ...]`
  /// @throws IllegalArgumentException if there is no such row
  public static Variable apply(Tape tape, Variable table, int... indices) {
    Variable y = tape.output(Layout.gather(tape, table.value(), indices), table);
    return tape.record(new Gather(table, Arrays.stream(indices).boxed().toList(), y));
  }

  @Override
  public void backward(Tape tape) {
    int[] rows = indices.stream().mapToInt(Integer::intValue).toArray();
    Layout.scatterAdd(table.gradientToAddTo(tape), y.gradient(), rows);
  }
}
