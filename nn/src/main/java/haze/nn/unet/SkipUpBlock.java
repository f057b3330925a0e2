package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.Concat;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Activation;
import haze.nn.Conv2d;
import haze.nn.GroupNormLayer;
import haze.tensor.Convolution;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A level on the way up that builds the image beside the feature maps (Song et al. 2021, NCSN++):
///
/// ```
/// resnets, attention
/// image = doubled(image) + skip_conv(silu(skip_norm(h)))      h = resnet_up(h)
/// ```
///
/// The last level doubles the image alone. The first finds none: it begins with zeros.
final class SkipUpBlock extends UNetPart {
  private final List<ResnetBlock> resnets = new ArrayList<>();
  private @Nullable AttentionBlock attention;
  private @Nullable ResnetBlock resnetUp;
  private @Nullable GroupNormLayer skipNorm;
  private @Nullable Conv2d skipConv;

  SkipUpBlock(Plan plan, int out, boolean attends, boolean last) {
    UNetConfig config = plan.config();
    for (int i = 0; i <= config.layersPerBlock(); i++) {
      int skip = plan.skips().pop();
      int in = plan.channels() + skip;
      int groups =
          attends
              ? SkipDownBlock.groupsBesideAttention(plan.channels(), skip)
              : SkipDownBlock.groups(in);
      resnets.add(
          register("resnets." + i, SkipDownBlock.resnet(in, out, groups, Resampling.NONE, config)));
      plan.setChannels(out);
    }
    if (attends) {
      attention = register("attentions.0", SkipDownBlock.attention(out, config));
    }
    if (!last) {
      resnetUp =
          register(
              "resnet_up",
              SkipDownBlock.resnet(
                  out, out, SkipDownBlock.groups(out), Resampling.FILTERED_DOUBLED, config));
      skipConv =
          register("skip_conv", new Conv2d(out, config.outChannels(), 3, Convolution.of(1, 1)));
      skipNorm =
          register(
              "skip_norm",
              new GroupNormLayer(
                  out, SkipDownBlock.groups(out), config.normEps(), Activation.SILU));
    }
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Tape tape = pass.tape();
    Variable h = x;
    for (ResnetBlock resnet : resnets) {
      h = resnet.forward(pass, Concat.apply(tape, -1, h, pass.skips().pop()));
    }
    if (attention != null) {
      h = attention.forward(pass, h);
    }
    Variable image = pass.image();
    if (image != null) {
      image = Resampling.FILTERED_DOUBLED.apply(tape, image);
    }
    if (resnetUp != null && skipConv != null && skipNorm != null) {
      Variable more = skipConv.forward(tape, skipNorm.forward(tape, h));
      image = image == null ? more : Add.apply(tape, image, more);
      h = resnetUp.forward(pass, h);
    }
    pass.setImage(image);
    return h;
  }
}
