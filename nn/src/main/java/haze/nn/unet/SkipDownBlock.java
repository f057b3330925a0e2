package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.tensor.Convolution;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A level on the way down with the image beside the feature maps (Song et al. 2021, NCSN++):
///
/// ```
/// resnets, attentions       h = resnet_down(h) + skip_conv(image)       image = halved(image)
/// ```
final class SkipDownBlock extends UNetPart {
  /// Groups of the attentions' normalisation, in diffusers.
  private static final int ATTENTION_GROUPS = 32;

  private static final double DIVISOR = Math.sqrt(2);

  private static final int MOST_GROUPS = 32;
  private static final int CHANNELS_OF_A_GROUP = 4;

  private final List<ResnetBlock> resnets = new ArrayList<>();
  private final List<AttentionBlock> attentions = new ArrayList<>();
  private @Nullable ResnetBlock resnetDown;
  private @Nullable Conv2d skipConv;

  SkipDownBlock(Plan plan, int out, boolean attention, boolean last) {
    UNetConfig config = plan.config();
    for (int i = 0; i < config.layersPerBlock(); i++) {
      int in = plan.channels();
      resnets.add(register("resnets." + i, resnet(in, out, groups(in), Resampling.NONE, config)));
      if (attention) {
        attentions.add(register("attentions." + i, attention(out, config)));
      }
      plan.setChannels(out);
      plan.skips().push(out);
    }
    if (!last) {
      resnetDown =
          register(
              "resnet_down", resnet(out, out, groups(out), Resampling.FILTERED_HALVED, config));
      skipConv =
          register("skip_conv", new Conv2d(config.inChannels(), out, 1, Convolution.of(1, 0)));
      plan.skips().push(out);
    }
  }

  static ResnetBlock resnet(
      int in, int out, int groupsIn, Resampling resampling, UNetConfig config) {
    boolean shortcut = resampling != Resampling.NONE;
    return new ResnetBlock(
        in,
        out,
        config,
        new ResnetBlock.Variant(groupsIn, groups(out), resampling, shortcut, DIVISOR));
  }

  static AttentionBlock attention(int channels, UNetConfig config) {
    return new AttentionBlock(channels, OptionalInt.of(ATTENTION_GROUPS), DIVISOR, config);
  }

  /// These blocks choose the groups by the channels.
  static int groups(int channels) {
    return Math.min(channels / CHANNELS_OF_A_GROUP, MOST_GROUPS);
  }

  /// In the level with attention on the way up diffusers divides the skip connection's channels
  /// alone: checkpoints have learned with that.
  static int groupsBesideAttention(int channels, int skip) {
    return Math.min(channels + skip / CHANNELS_OF_A_GROUP, MOST_GROUPS);
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
    if (resnetDown != null && skipConv != null) {
      h = resnetDown.forward(pass, h);
      Variable image = Resampling.FILTERED_HALVED.apply(pass.tape(), pass.requireImage());
      pass.setImage(image);
      h = Add.apply(pass.tape(), h, skipConv.forward(pass.tape(), image));
      pass.skips().push(h);
    }
    return h;
  }
}
