package haze.nn;

import haze.autograd.Gather;
import haze.autograd.Tape;
import haze.autograd.Variable;

/// A table with a learned row for each label, `y[i] = weight[labels[i]]`, with the parameter
/// `weight [rows, width]`. It starts standard normal, as PyTorch's.
public final class Embedding extends Module {
  private final Parameter weight;

  /// A table of `rows` labels, each a row of `width` numbers.
  public Embedding(int rows, int width) {
    weight = register("weight", Parameter.table(rows, width));
  }

  /// {@return `[labels.length, width]`}
  ///
  /// @param labels from 0
  /// @throws IllegalArgumentException if there is no such label
  public Variable forward(Tape tape, int... labels) {
    return Gather.apply(tape, tape.leaf(weight.value()), labels);
  }
}
