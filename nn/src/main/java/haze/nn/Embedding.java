package haze.nn;

import haze.autograd.Gather;
import haze.autograd.Tape;
import haze.autograd.Variable;

/// A table with a row of learned numbers for every label.
public final class Embedding extends Module {
  private final Parameter weight;

  /// A table with the parameter `weight`.
  ///
  /// @param rows how many labels there are
  /// @param width how many numbers stand for a label
  public Embedding(int rows, int width) {
    weight = register("weight", Parameter.table(rows, width));
  }

  /// Looks labels up.
  ///
  /// @param tape the tape
  /// @param labels from 0
  /// @return `[labels.length, width]`
  /// @throws IllegalArgumentException if there is no such label
  public Variable forward(Tape tape, int... labels) {
    return Gather.apply(tape, tape.leaf(weight.value()), labels);
  }
}
