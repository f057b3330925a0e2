package haze.nn;

import haze.autograd.LinearOp;
import haze.autograd.Tape;
import haze.autograd.Variable;

/// A fully connected layer, `y = x w + bias`.
public final class Linear extends Module {
  private final Parameter weight;
  private final Parameter bias;

  /// A layer with parameters `weight` and `bias`.
  ///
  /// @param in channels of the argument
  /// @param out channels of the result
  public Linear(int in, int out) {
    this(in, out, false);
  }

  /// A layer that may be the last of a residual branch.
  ///
  /// @param in channels of the argument
  /// @param out channels of the result
  /// @param zeroInit whether it is, see [ParameterVector#initialize]
  public Linear(int in, int out, boolean zeroInit) {
    weight = register("weight", Parameter.uniform(Parameter.Role.MATRIX, in, zeroInit, in, out));
    bias = register("bias", Parameter.uniform(Parameter.Role.VECTOR, in, zeroInit, out));
  }

  /// Applies the layer.
  ///
  /// @param tape the tape
  /// @param x `[..., in]`
  /// @return `[..., out]`
  /// @throws IllegalArgumentException if x has other channels
  public Variable forward(Tape tape, Variable x) {
    return LinearOp.apply(tape, x, tape.leaf(weight.value()), tape.leaf(bias.value()));
  }
}
