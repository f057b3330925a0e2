package haze.nn;

import haze.autograd.GroupNormOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.GroupNorm;

/// Group normalisation with a learned scale and shift a channel, alone or followed by an
/// activation, with parameters `weight [channels]`, which starts with 1, and `bias [channels]`,
/// which starts with 0.
public final class GroupNormLayer extends Module {
  private final GroupNorm norm;
  private final Activation behind;
  private final Parameter weight;
  private final Parameter bias;

  /// A layer of `channels` channels.
  ///
  /// @param norm groups, epsilon, and whether SiLU follows
  /// @throws IllegalArgumentException if the groups do not divide the channels
  public GroupNormLayer(int channels, GroupNorm norm) {
    this(channels, norm, Activation.IDENTITY);
  }

  /// A layer of `channels` channels.
  ///
  /// @param activation what follows; SiLU is computed with the normalisation
  /// @throws IllegalArgumentException if the groups do not divide the channels
  public GroupNormLayer(int channels, int groups, double eps, Activation activation) {
    this(
        channels,
        new GroupNorm(groups, (float) eps, activation == Activation.SILU),
        activation == Activation.SILU ? Activation.IDENTITY : activation);
  }

  private GroupNormLayer(int channels, GroupNorm norm, Activation behind) {
    if (norm.groups() < 1 || channels % norm.groups() != 0) {
      throw new IllegalArgumentException(
          "group norm: " + norm.groups() + " groups do not divide " + channels + " channels");
    }
    this.norm = norm;
    this.behind = behind;
    weight = register("weight", Parameter.constant(1, channels));
    bias = register("bias", Parameter.constant(0, channels));
  }

  /// {@return the normalised images, of x's shape}
  ///
  /// @param x images `[n, ..., channels]`
  /// @throws IllegalArgumentException if x has other channels
  public Variable forward(Tape tape, Variable x) {
    return behind.apply(
        tape, GroupNormOp.apply(tape, norm, x, tape.leaf(weight.value()), tape.leaf(bias.value())));
  }
}
