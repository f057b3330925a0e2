package haze.nn.unet;

import haze.autograd.GroupNormOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Activation;
import haze.nn.Conv2d;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import haze.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The residual block of k-diffusion's networks: both normalisations take scale and shift from the
/// embedding, which is no longer added elsewhere.
///
/// ```
/// h = conv1(silu(norm1(x, embedding)))      y = conv2(silu(norm2(h, embedding))) + x
/// ```
final class KResnetBlock extends UNetPart {
  private static final Convolution SAME = Convolution.of(1, 1);

  private final Activation activation;
  private final AdaptiveNorm norm1;
  private final Conv2d conv1;
  private final AdaptiveNorm norm2;
  private final Conv2d conv2;
  private final @Nullable Conv2d convShortcut;

  KResnetBlock(int in, int out, int groupsOut, UNetConfig config) {
    activation = config.get(UNetSwitch.ACTIVATION);
    norm1 = register("norm1", new AdaptiveNorm(in, in / KDownBlock.GROUP, config));
    conv1 = register("conv1", new Conv2d(in, out, 3, SAME));
    norm2 = register("norm2", new AdaptiveNorm(out, groupsOut, config));
    conv2 = register("conv2", new Conv2d(out, out, 3, SAME, true));
    convShortcut =
        in == out
            ? null
            : register("conv_shortcut", Conv2d.withoutBias(in, out, 1, Convolution.of(1, 0)));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Tape tape = pass.tape();
    return tape.scope(
        () -> {
          Variable z = activation.apply(tape, norm1.forward(pass, x));
          Variable h = conv1.forward(tape, z);
          z = activation.apply(tape, norm2.forward(pass, h));
          Variable shortcut = convShortcut == null ? x : convShortcut.forward(tape, x);
          return conv2.forward(tape, pass.dropout(z), null, shortcut);
        });
  }

  /// Group normalisation without parameters, then [Modulation] by a linear layer of the embedding.
  private static final class AdaptiveNorm extends Module {
    private final GroupNorm norm;
    private final Tensor ones;
    private final Tensor zeros;
    private final Linear linear;

    AdaptiveNorm(int channels, int groups, UNetConfig config) {
      norm = new GroupNorm(groups, (float) config.normEps(), false);
      ones = Tensor.full(1, channels);
      zeros = Tensor.zeros(channels);
      linear = register("linear", new Linear(config.embeddingWidth(), 2 * channels));
    }

    Variable forward(Pass pass, Variable x) {
      Tape tape = pass.tape();
      Variable normalised =
          GroupNormOp.apply(tape, norm, x, tape.constant(ones), tape.constant(zeros));
      return Modulation.apply(tape, normalised, linear.forward(tape, pass.time()));
    }
  }
}
