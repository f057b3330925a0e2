package haze.nn.unet;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import org.jspecify.annotations.Nullable;

/// A residual block conditioned on the timestep (Ho et al. 2020, appendix B).
///
/// ```
/// h = conv1(silu(norm1(x))) + time_emb_proj(silu(embedding))
/// y = conv2(silu(norm2(h))) + x          or + conv_shortcut(x) where the channels change
/// ```
final class ResnetBlock extends Module {
  private static final Convolution SAME = Convolution.of(1, 1);

  private final GroupNormLayer norm1;
  private final Conv2d conv1;
  private final Linear timeEmbProj;
  private final GroupNormLayer norm2;
  private final Conv2d conv2;
  private final @Nullable Conv2d convShortcut;

  ResnetBlock(int in, int out, int embedding, UNetConfig config) {
    var norm = new GroupNorm(config.normNumGroups(), (float) config.normEps(), true);
    norm1 = register("norm1", new GroupNormLayer(in, norm));
    conv1 = register("conv1", new Conv2d(in, out, 3, SAME));
    timeEmbProj = register("time_emb_proj", new Linear(embedding, out));
    norm2 = register("norm2", new GroupNormLayer(out, norm));
    conv2 = register("conv2", new Conv2d(out, out, 3, SAME, true));
    convShortcut =
        in == out ? null : register("conv_shortcut", new Conv2d(in, out, 1, Convolution.of(1, 0)));
  }

  /// {@return `[n, h, w, out]`}
  ///
  /// @param x `[n, h, w, in]`
  /// @param embedding SiLU of the timestep embedding, `[n, embedding]`
  Variable forward(Tape tape, Variable x, Variable embedding) {
    return tape.scope(
        () -> {
          Variable shift = timeEmbProj.forward(tape, embedding);
          Variable h = conv1.forward(tape, norm1.forward(tape, x), shift, null);
          Variable shortcut = convShortcut == null ? x : convShortcut.forward(tape, x);
          return conv2.forward(tape, norm2.forward(tape, h), null, shortcut);
        });
  }
}
