package haze.nn.unet;

import haze.autograd.Scale;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Activation;
import haze.nn.Conv2d;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.tensor.Convolution;
import org.jspecify.annotations.Nullable;

/// A residual block conditioned on the timestep (Ho et al. 2020, appendix B), here with SiLU.
///
/// ```
/// h = conv1(resampled(silu(norm1(x)))) + time_emb_proj(embedding)
/// y = (conv2(dropout(silu(norm2(h)))) + x) / divisor
/// ```
///
/// The x that is added is resampled too, and goes through conv_shortcut where the channels change.
/// With scale and shift the embedding does not shift h but `norm2(h)`, see [Modulation].
final class ResnetBlock extends UNetPart {
  private static final Convolution SAME = Convolution.of(1, 1);

  private final Resampling resampling;
  private final Activation activation;
  private final boolean scaleShift;
  private final float divisor;
  private final GroupNormLayer norm1;
  private final Conv2d conv1;
  private final Linear timeEmbProj;
  private final GroupNormLayer norm2;
  private final Conv2d conv2;
  private final @Nullable Conv2d convShortcut;

  /// What residual blocks differ in.
  ///
  /// @param groupsIn groups of the first normalisation
  /// @param groupsOut groups of the second
  /// @param shortcut whether there is a conv_shortcut in any case
  /// @param divisor of the sum
  record Variant(
      int groupsIn, int groupsOut, Resampling resampling, boolean shortcut, double divisor) {
    /// A block of a level of DDPM's network.
    static Variant plain(int groups) {
      return resampling(groups, Resampling.NONE);
    }

    /// A block that changes the resolution.
    static Variant resampling(int groups, Resampling resampling) {
      return new Variant(groups, groups, resampling, false, 1);
    }
  }

  ResnetBlock(int in, int out, UNetConfig config, Variant variant) {
    resampling = variant.resampling;
    activation = config.get(UNetSwitch.ACTIVATION);
    scaleShift = config.get(UNetSwitch.TIME_SCALE_SHIFT);
    divisor = (float) variant.divisor;
    int time = scaleShift ? 2 * out : out;
    double eps = config.normEps();
    Activation behind = scaleShift ? Activation.IDENTITY : activation;
    norm1 = register("norm1", new GroupNormLayer(in, variant.groupsIn, eps, activation));
    conv1 = register("conv1", new Conv2d(in, out, 3, SAME));
    timeEmbProj = register("time_emb_proj", new Linear(config.embeddingWidth(), time));
    norm2 = register("norm2", new GroupNormLayer(out, variant.groupsOut, eps, behind));
    conv2 = register("conv2", new Conv2d(out, out, 3, SAME, true));
    convShortcut =
        in == out && !variant.shortcut
            ? null
            : register("conv_shortcut", new Conv2d(in, out, 1, Convolution.of(1, 0)));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Tape tape = pass.tape();
    return tape.scope(
        () -> {
          Variable time = timeEmbProj.forward(tape, pass.embedding());
          Variable z = resampling.apply(tape, norm1.forward(tape, x));
          Variable h = conv1.forward(tape, z, scaleShift ? null : time, null);
          tape.forget(z);
          Variable resampled = resampling.apply(tape, x);
          Variable shortcut =
              convShortcut == null ? resampled : convShortcut.forward(tape, resampled);
          z = norm2.forward(tape, h);
          if (scaleShift) {
            z = activation.apply(tape, Modulation.apply(tape, z, time));
          }
          Variable y = conv2.forward(tape, pass.dropout(z), null, shortcut);
          tape.forget(z);
          tape.forget(shortcut);
          return divisor == 1 ? y : Scale.apply(tape, y, 1 / divisor);
        });
  }
}
