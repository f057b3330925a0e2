package haze.nn;

import haze.autograd.GroupNormOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.GroupNorm;

/// Group normalisation with a learned scale and shift a channel, alone or followed by SiLU.
public final class GroupNormLayer extends Module {
  private final GroupNorm norm;
  private final Parameter weight;
  private final Parameter bias;

  /// A layer with parameters `weight` (starts with 1) and `bias` (starts with 0).
  ///
  /// @param channels channels of the images
  /// @param norm groups, epsilon, and whether SiLU follows
  /// @throws IllegalArgumentException if the groups do not divide the channels
  public GroupNormLayer(int channels, GroupNorm norm) {
    if (channels % norm.groups() != 0) {
      throw new IllegalArgumentException(
          "group norm: " + norm.groups() + " groups do not divide " + channels + " channels");
    }
    this.norm = norm;
    weight = register("weight", Parameter.constant(1, channels));
    bias = register("bias", Parameter.constant(0, channels));
  }

  /// Applies the layer.
  ///
  /// @param tape the tape
  /// @param x images `[n, ..., channels]`
  /// @return normalised images of the same shape
  /// @throws IllegalArgumentException if x has other channels
  public Variable forward(Tape tape, Variable x) {
    return GroupNormOp.apply(tape, norm, x, tape.leaf(weight.value()), tape.leaf(bias.value()));
  }
}
