package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.AttentionOp;
import haze.autograd.Reshape;
import haze.autograd.Scale;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Activation;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.tensor.Shape;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Self-attention over the pixels of an image, added to its input.
///
/// ```
/// z = group_norm(x)      y = (x + to_out(attention(to_q(z), to_k(z), to_v(z)))) / divisor
/// ```
final class AttentionBlock extends UNetPart {
  private final int heads;
  private final float divisor;
  private final @Nullable GroupNormLayer groupNorm;
  private final Linear toQ;
  private final Linear toK;
  private final Linear toV;
  private final Linear toOut;

  /// @param groups of its normalisation; none: z is x
  AttentionBlock(int channels, OptionalInt groups, double divisor, UNetConfig config) {
    int depth = config.attentionHeadDim().orElse(channels);
    heads = channels / depth;
    this.divisor = (float) divisor;
    groupNorm =
        groups.isEmpty()
            ? null
            : register(
                "group_norm",
                new GroupNormLayer(
                    channels, groups.getAsInt(), config.normEps(), Activation.IDENTITY));
    toQ = register("to_q", new Linear(channels, heads * depth));
    toK = register("to_k", new Linear(channels, heads * depth));
    toV = register("to_v", new Linear(channels, heads * depth));
    toOut = register("to_out.0", new Linear(heads * depth, channels, true));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Tape tape = pass.tape();
    return tape.scope(
        () -> {
          Shape shape = x.value().shape();
          Variable normalised = groupNorm == null ? x : groupNorm.forward(tape, x);
          Variable z = Reshape.apply(tape, normalised, shape.dim(0), -1, shape.dim(3));
          Variable attended =
              AttentionOp.apply(
                  tape, toQ.forward(tape, z), toK.forward(tape, z), toV.forward(tape, z), heads);
          tape.forget(normalised);
          Variable out = toOut.forward(tape, attended);
          Variable y = Add.apply(tape, x, Reshape.apply(tape, out, shape.dims()));
          tape.forget(out);
          return divisor == 1 ? y : Scale.apply(tape, y, 1 / divisor);
        });
  }
}
