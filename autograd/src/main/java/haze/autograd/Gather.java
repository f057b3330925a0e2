package haze.autograd;

import haze.tensor.Layout;
import java.util.Arrays;
import java.util.List;

/// Rows of a table: an embedding.
///
/// Backward: every row of dy is added to the row that it came from.
///
/// @param table the table
/// @param indices numbers of rows
/// @param y the rows
public record Gather(Variable table, List<Integer> indices, Variable y) implements Operation {

  /// Looks up.
  ///
  /// @param tape the tape
  /// @param table `[rows, ...]`
  /// @param indices numbers of rows
  /// @return `[indices.length, ...]`
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
