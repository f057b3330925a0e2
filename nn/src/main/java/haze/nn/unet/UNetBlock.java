package haze.nn.unet;

import haze.autograd.Tape;
import haze.autograd.Upsample;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.nn.Module;
import haze.tensor.Convolution;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One level of the U-Net on the way down or up, or its middle: residual blocks, each followed by
/// attention where the level has it, then a convolution that halves or doubles the resolution where
/// there is one.
final class UNetBlock extends Module {
  private final List<ResnetBlock> resnets = new ArrayList<>();
  private final List<AttentionBlock> attentions = new ArrayList<>();
  private @Nullable Conv2d downsampler;
  private @Nullable Conv2d upsampler;

  private UNetBlock() {}

  /// Adds a residual block, and attention behind it.
  private UNetBlock add(int in, int out, int embedding, boolean attention, UNetConfig config) {
    resnets.add(register("resnets." + resnets.size(), new ResnetBlock(in, out, embedding, config)));
    if (attention) {
      attentions.add(register("attentions." + attentions.size(), new AttentionBlock(out, config)));
    }
    return this;
  }

  static UNetBlock down(
      int in, int out, int embedding, boolean attention, boolean last, UNetConfig config) {
    UNetBlock block = new UNetBlock();
    for (int i = 0; i < config.layersPerBlock(); i++) {
      block.add(i == 0 ? in : out, out, embedding, attention, config);
    }
    if (!last) {
      // Padding 0 means right and below only: the image is padded by hand before a convolution
      // without padding.
      Convolution halving =
          config.downsamplePadding() == 1 ? Convolution.of(2, 1) : new Convolution(2, 0, 1, 0, 1);
      block.downsampler = block.register("downsamplers.0.conv", new Conv2d(out, out, 3, halving));
    }
    return block;
  }

  static UNetBlock middle(int channels, int embedding, UNetConfig config) {
    UNetBlock block = new UNetBlock();
    block.add(channels, channels, embedding, config.midAttention(), config);
    return block.add(channels, channels, embedding, false, config);
  }

  /// A level on the way up.
  ///
  /// @param in channels that come from the level below
  /// @param skips channels of the skip connections, in the order in which they are used
  static UNetBlock up(
      int in,
      int out,
      List<Integer> skips,
      int embedding,
      boolean attention,
      boolean last,
      UNetConfig config) {
    UNetBlock block = new UNetBlock();
    for (int i = 0; i < skips.size(); i++) {
      block.add((i == 0 ? in : out) + skips.get(i), out, embedding, attention, config);
    }
    if (!last) {
      block.upsampler =
          block.register("upsamplers.0.conv", new Conv2d(out, out, 3, Convolution.of(1, 1)));
    }
    return block;
  }

  int layers() {
    return resnets.size();
  }

  /// Residual block `i` and its attention.
  Variable layer(int i, Tape tape, Variable x, Variable embedding) {
    Variable h = resnets.get(i).forward(tape, x, embedding);
    return i < attentions.size() ? attentions.get(i).forward(tape, h) : h;
  }

  boolean downsamples() {
    return downsampler != null;
  }

  /// The convolution that changes the resolution; x itself if there is none.
  Variable resize(Tape tape, Variable x) {
    if (downsampler != null) {
      return downsampler.forward(tape, x);
    }
    if (upsampler != null) {
      Conv2d convolution = upsampler;
      return tape.scope(() -> convolution.forward(tape, Upsample.apply(tape, x)));
    }
    return x;
  }
}
