package haze.nn;

import haze.autograd.LinearOp;
import haze.autograd.Tape;
import haze.autograd.Variable;

/// A fully connected layer, `y = x weight + bias`.
///
/// Parameters are `weight [in, out]` and `bias [out]`. Both start uniform in ±1 / sqrt(in), as
/// PyTorch's.
public final class Linear extends Module {
  private final Parameter weight;
  private final Parameter bias;

  /// A layer from `in` to `out` channels.
  public Linear(int in, int out) {
    this(in, out, false);
  }

  /// A layer from `in` to `out` channels.
  ///
  /// @param zeroInit whether it is the last of a residual branch, see [ParameterVector#initialize]
  public Linear(int in, int out, boolean zeroInit) {
    weight = register("weight", Parameter.uniform(Parameter.Role.MATRIX, in, zeroInit, in, out));
    bias = register("bias", Parameter.uniform(Parameter.Role.VECTOR, in, zeroInit, out));
  }

  /// {@return `[..., out]`}
  ///
  /// @param x `[..., in]`
  /// @throws IllegalArgumentException if x has other channels
  public Variable forward(Tape tape, Variable x) {
    return LinearOp.apply(tape, x, tape.leaf(weight.value()), tape.leaf(bias.value()));
  }
}
