package haze.nn.unet;

import haze.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/// The sizes and switches of a [UNet], under the names of diffusers' `UNet2DModel`.
///
/// {@snippet file="haze/nn/unet/UNetConfigTest.java" region="builder"}
///
/// @param sampleSize height and width of the images it is made for; others work too
/// @param inChannels channels of the images
/// @param outChannels channels of the prediction
/// @param layersPerBlock residual blocks a level on the way down; one more on the way up
/// @param blockOutChannels channels of each level, finest first
/// @param downAttention for each level on the way down, finest first, whether attention follows
///   each residual block
/// @param upAttention the same on the way up, coarsest first
/// @param midAttention whether the middle has attention
/// @param attentionHeadDim channels of an attention head; none: one head of all channels
/// @param normNumGroups groups of every group normalisation
/// @param normEps its epsilon
/// @param downsamplePadding 1: halving pads all sides; 0: it pads right and below only, as in
///   DDPM's own code
/// @param flipSinToCos whether the timestep embedding has the cosines first
/// @param freqShift shift of the embedding's lowest frequency: 0, or 1 as in DDPM's own code
/// @param numClassEmbeds number of labels; the network is then conditioned on one an image. None:
///   an unconditional network
public record UNetConfig(
    int sampleSize,
    int inChannels,
    int outChannels,
    int layersPerBlock,
    List<Integer> blockOutChannels,
    List<Boolean> downAttention,
    List<Boolean> upAttention,
    boolean midAttention,
    OptionalInt attentionHeadDim,
    int normNumGroups,
    double normEps,
    int downsamplePadding,
    boolean flipSinToCos,
    double freqShift,
    OptionalInt numClassEmbeds) {

  /// @throws IllegalArgumentException naming the first key that makes no sense
  public UNetConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    downAttention = List.copyOf(downAttention);
    upAttention = List.copyOf(upAttention);
    require(sampleSize >= 1, "sample_size", sampleSize, "at least 1");
    require(inChannels >= 1, "in_channels", inChannels, "at least 1");
    require(outChannels >= 1, "out_channels", outChannels, "at least 1");
    require(layersPerBlock >= 1, "layers_per_block", layersPerBlock, "at least 1");
    require(
        !blockOutChannels.isEmpty(), "block_out_channels", blockOutChannels, "at least one level");
    int levels = blockOutChannels.size();
    require(downAttention.size() == levels, "down_block_types", downAttention, levels + " blocks");
    require(upAttention.size() == levels, "up_block_types", upAttention, levels + " blocks");
    require(normNumGroups >= 1, "norm_num_groups", normNumGroups, "at least 1");
    for (int channels : blockOutChannels) {
      require(
          channels >= 1 && channels % normNumGroups == 0,
          "block_out_channels",
          channels,
          "a multiple of norm_num_groups " + normNumGroups);
      require(
          channels >= attentionHeadDim.orElse(1),
          "attention_head_dim",
          attentionHeadDim,
          "at most " + channels);
    }
    require(attentionHeadDim.orElse(1) >= 1, "attention_head_dim", attentionHeadDim, "at least 1");
    require(normEps > 0 && normEps < 1, "norm_eps", normEps, "between 0 and 1");
    require(
        downsamplePadding == 0 || downsamplePadding == 1,
        "downsample_padding",
        downsamplePadding,
        "0 or 1");
    require(
        blockOutChannels.getFirst() / 2 > freqShift && freqShift >= 0,
        "freq_shift",
        freqShift,
        "below half of block_out_channels[0]");
    require(numClassEmbeds.orElse(1) >= 1, "num_class_embeds", numClassEmbeds, "at least 1");
  }

  private static void require(boolean condition, String key, Object value, String expected) {
    if (!condition) {
      throw new IllegalArgumentException(
          "u-net: " + key + " is " + value + ", expected " + expected);
    }
  }

  /// {@return a builder for images of `size` by `size` pixels of `channels` channels}
  public static Builder builder(int size, int channels) {
    return new Builder(size, channels);
  }

  /// {@return the same network for other images and another prediction}
  ///
  /// @param size height and width of the images
  /// @param in channels of the images
  /// @param out channels of the prediction
  /// @param labels number of labels, or none
  /// @throws IllegalArgumentException naming the first key that makes no sense
  public UNetConfig with(int size, int in, int out, OptionalInt labels) {
    return new UNetConfig(
        size,
        in,
        out,
        layersPerBlock,
        blockOutChannels,
        downAttention,
        upAttention,
        midAttention,
        attentionHeadDim,
        normNumGroups,
        normEps,
        downsamplePadding,
        flipSinToCos,
        freqShift,
        labels);
  }

  /// {@return the power of two by which the height and width of images must be divisible: they are
  /// halved between the levels}
  public int imageMultiple() {
    return 1 << (blockOutChannels.size() - 1);
  }

  /// {@return the shape of one image, `[h, w, c]`}
  public Shape imageShape() {
    return Shape.of(sampleSize, sampleSize, inChannels);
  }

  /// How many classes the network can be conditioned on.
  ///
  /// @return one less than its labels, of which the last stands for no class; 0 for a network
  ///   without labels
  public int classes() {
    return Math.max(0, numClassEmbeds.orElse(0) - 1);
  }

  /// The label that stands for no class, which training without a label and guidance use (Ho and
  /// Salimans 2022, "Classifier-Free Diffusion Guidance", algorithm 1).
  ///
  /// @return the last label, none if the network has no labels
  public OptionalInt noClassLabel() {
    return numClassEmbeds.isPresent()
        ? OptionalInt.of(numClassEmbeds.getAsInt() - 1)
        : OptionalInt.empty();
  }

  /// Builds a configuration from what differs from the defaults: two residual blocks a level,
  /// levels of 32, 64 and 128 channels, attention with one head in the coarsest level and the
  /// middle, no classes, and the switches of diffusers' `UNet2DModel`. The order of the calls does
  /// not matter; [#build] checks.
  public static final class Builder {
    private static final int MOST_GROUPS = 8;

    private final int size;
    private final int inChannels;
    private int outChannels;
    private int layers = 2;
    private List<Integer> channels = List.of(32, 64, 128);
    private List<Integer> attention = List.of();
    private boolean coarsestAttention = true;
    private boolean midAttention = true;
    private OptionalInt headDim = OptionalInt.empty();
    private OptionalInt groups = OptionalInt.empty();
    private double eps = 1e-5;
    private int downsamplePadding = 1;
    private boolean flipSinToCos = true;
    private double freqShift;
    private OptionalInt labels = OptionalInt.empty();

    private Builder(int size, int channels) {
      this.size = size;
      inChannels = channels;
      outChannels = channels;
    }

    /// Sets the channels of the prediction, by default those of the images.
    public Builder outChannels(int count) {
      outChannels = count;
      return this;
    }

    /// Sets the number of residual blocks a level on the way down, by default 2.
    public Builder layers(int perLevel) {
      layers = perLevel;
      return this;
    }

    /// Sets the channels of each level, finest first, by default 32, 64, 128. Each level but the
    /// last halves height and width.
    public Builder channels(int... levels) {
      channels = list(levels);
      return this;
    }

    /// Sets the levels with attention, where 0 is the finest, by default the coarsest alone.
    /// Without an argument no level has attention, but the middle may.
    public Builder attentionAt(int... levels) {
      attention = list(levels);
      coarsestAttention = false;
      return this;
    }

    /// Sets whether the middle has attention, by default true.
    public Builder midAttention(boolean present) {
      midAttention = present;
      return this;
    }

    /// Sets the channels of an attention head, by default all in one head.
    public Builder headChannels(int count) {
      headDim = OptionalInt.of(count);
      return this;
    }

    /// Sets the groups of every group normalisation, by default 8 or half of the finest level's
    /// channels if those are fewer.
    public Builder groups(int count) {
      groups = OptionalInt.of(count);
      return this;
    }

    /// Sets epsilon of every group normalisation, by default 1e-5.
    public Builder eps(double value) {
      eps = value;
      return this;
    }

    /// Sets the number of classes that the network is conditioned on, by default none. The network
    /// has one label more, which stands for no class.
    public Builder classes(int count) {
      labels = count == 0 ? OptionalInt.empty() : OptionalInt.of(Math.addExact(count, 1));
      return this;
    }

    /// Sets the three switches of DDPM's own code: padding right and below only, sines first, and a
    /// frequency shift of 1.
    public Builder ddpm() {
      downsamplePadding = 0;
      flipSinToCos = false;
      freqShift = 1;
      return this;
    }

    /// {@return the configuration}
    ///
    /// @throws IllegalArgumentException naming the first key that makes no sense
    public UNetConfig build() {
      int levels = channels.size();
      List<Boolean> down = new ArrayList<>(Collections.nCopies(levels, false));
      if (coarsestAttention && levels > 0) {
        down.set(levels - 1, true);
      }
      for (int level : attention) {
        require(
            level >= 0 && level < levels, "attention", level, "a level from 0 to " + (levels - 1));
        down.set(level, true);
      }
      int finest = channels.isEmpty() ? 0 : channels.getFirst();
      return new UNetConfig(
          size,
          inChannels,
          outChannels,
          layers,
          channels,
          down,
          down.reversed(),
          midAttention,
          headDim,
          groups.orElse(Math.clamp(finest / 2, 1, MOST_GROUPS)),
          eps,
          downsamplePadding,
          flipSinToCos,
          freqShift,
          labels);
    }

    private static List<Integer> list(int... numbers) {
      return Arrays.stream(numbers).boxed().toList();
    }
  }
}
