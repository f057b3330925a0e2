package haze.nn.unet;

import haze.autograd.Concat;
import haze.autograd.Tape;
import haze.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A level on the way up: residual blocks, one more than on the way down, each of which takes a
/// skip connection, and each followed by attention where the level has it; then a change of
/// resolution but in the last level.
final class UpBlock extends UNetPart {
  private final List<ResnetBlock> resnets = new ArrayList<>();
  private final List<AttentionBlock> attentions = new ArrayList<>();
  private @Nullable UNetPart upsampler;

  /// @param resampler makes what doubles the resolution of so many channels
  UpBlock(Plan plan, int out, boolean attention, boolean last, Resampler resampler) {
    UNetConfig config = plan.config();
    for (int i = 0; i <= config.layersPerBlock(); i++) {
      resnets.add(
          register(
              "resnets." + i,
              new ResnetBlock(
                  plan.channels() + plan.skips().pop(),
                  out,
                  config,
                  ResnetBlock.Variant.plain(config.groups(out)))));
      if (attention) {
        attentions.add(
            register(
                "attentions." + i, new AttentionBlock(out, config.normNumGroups(), 1, config)));
      }
      plan.setChannels(out);
    }
    if (!last) {
      upsampler = register("upsamplers.0", resampler.of(out, config));
    }
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Variable h = x;
    for (int i = 0; i < resnets.size(); i++) {
      h = layer(i, pass, h, pass.skips().pop());
    }
    return upsampler == null ? h : upsampler.forward(pass, h);
  }

  private Variable layer(int i, Pass pass, Variable x, Variable skip) {
    Tape tape = pass.tape();
    return tape.scope(
        () -> {
          Variable joined = Concat.apply(tape, -1, x, skip);
          Variable h = resnets.get(i).forward(pass, joined);
          tape.forget(joined);
          return i < attentions.size() ? attentions.get(i).forward(pass, h) : h;
        });
  }
}
