package haze.nn.unet;

import haze.autograd.Variable;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The middle, at the lowest resolution: a residual block, attention, a residual block.
final class MidBlock extends UNetPart {
  private final ResnetBlock before;
  private final @Nullable AttentionBlock attention;
  private final ResnetBlock behind;

  MidBlock(Plan plan) {
    UNetConfig config = plan.config();
    int channels = plan.channels();
    int groups = config.groups(channels);
    double divisor = config.get(UNetSwitch.MID_BLOCK_SCALE_FACTOR);
    ResnetBlock.Variant variant =
        new ResnetBlock.Variant(groups, groups, Resampling.NONE, false, divisor);
    before = register("resnets.0", new ResnetBlock(channels, channels, config, variant));
    attention =
        config.midAttention()
            ? register(
                "attentions.0",
                new AttentionBlock(channels, attentionGroups(config, groups), divisor, config))
            : null;
    behind = register("resnets.1", new ResnetBlock(channels, channels, config, variant));
  }

  /// With scale and shift, diffusers' attention of the middle alone has no normalisation.
  private static OptionalInt attentionGroups(UNetConfig config, int groups) {
    OptionalInt own = config.get(UNetSwitch.ATTN_NORM_NUM_GROUPS);
    boolean none = own.isEmpty() && config.get(UNetSwitch.TIME_SCALE_SHIFT);
    return none ? OptionalInt.empty() : OptionalInt.of(own.orElse(groups));
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Variable h = before.forward(pass, x);
    if (attention != null) {
      h = attention.forward(pass, h);
    }
    return behind.forward(pass, h);
  }
}
