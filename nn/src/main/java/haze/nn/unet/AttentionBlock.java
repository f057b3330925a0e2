package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.AttentionOp;
import haze.autograd.Reshape;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.GroupNorm;
import haze.tensor.Shape;

/// Self-attention over the pixels of an image, added to its input.
///
/// ```
/// z = group_norm(x)      y = x + to_out(attention(to_q(z), to_k(z), to_v(z)))
/// ```
final class AttentionBlock extends Module {
  private final int heads;
  private final GroupNormLayer groupNorm;
  private final Linear toQ;
  private final Linear toK;
  private final Linear toV;
  private final Linear toOut;

  AttentionBlock(int channels, UNetConfig config) {
    int depth = config.attentionHeadDim().orElse(channels);
    heads = channels / depth;
    groupNorm =
        register(
            "group_norm",
            new GroupNormLayer(
                channels, new GroupNorm(config.normNumGroups(), (float) config.normEps(), false)));
    toQ = register("to_q", new Linear(channels, heads * depth));
    toK = register("to_k", new Linear(channels, heads * depth));
    toV = register("to_v", new Linear(channels, heads * depth));
    toOut = register("to_out.0", new Linear(heads * depth, channels, true));
  }

  /// {@return `[n, h, w, channels]`, the shape of x}
  Variable forward(Tape tape, Variable x) {
    return tape.scope(
        () -> {
          Shape shape = x.value().shape();
          Variable z =
              Reshape.apply(tape, groupNorm.forward(tape, x), shape.dim(0), -1, shape.dim(3));
          Variable attended =
              AttentionOp.apply(
                  tape, toQ.forward(tape, z), toK.forward(tape, z), toV.forward(tape, z), heads);
          return Add.apply(
              tape, x, Reshape.apply(tape, toOut.forward(tape, attended), shape.dims()));
        });
  }
}
