package haze.nn.unet;

import haze.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A level on the way down: residual blocks, each followed by attention where the level has it,
/// then a change of resolution but in the last level. Everything's output is a skip connection.
final class DownBlock extends UNetPart {
  private final List<ResnetBlock> resnets = new ArrayList<>();
  private final List<AttentionBlock> attentions = new ArrayList<>();
  private @Nullable UNetPart downsampler;

  /// @param resampler makes what halves the resolution of so many channels
  DownBlock(Plan plan, int out, boolean attention, boolean last, Resampler resampler) {
    UNetConfig config = plan.config();
    for (int i = 0; i < config.layersPerBlock(); i++) {
      resnets.add(
          register(
              "resnets." + i,
              new ResnetBlock(
                  plan.channels(), out, config, ResnetBlock.Variant.plain(config.groups(out)))));
      if (attention) {
        attentions.add(
            register(
                "attentions." + i, new AttentionBlock(out, config.normNumGroups(), 1, config)));
      }
      plan.setChannels(out);
      plan.skips().push(out);
    }
    if (!last) {
      downsampler = register("downsamplers.0", resampler.of(out, config));
      plan.skips().push(out);
    }
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Variable h = x;
    for (int i = 0; i < resnets.size(); i++) {
      h = resnets.get(i).forward(pass, h);
      if (i < attentions.size()) {
        h = attentions.get(i).forward(pass, h);
      }
      pass.skips().push(h);
    }
    if (downsampler != null) {
      h = downsampler.forward(pass, h);
      pass.skips().push(h);
    }
    return h;
  }
}
