package haze.nn.unet;

import haze.tensor.Shape;
import java.util.List;
import java.util.OptionalInt;

/// The sizes and switches of a [UNet], under the names of diffusers' `UNet2DModel`.
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
/// @param numClassEmbeds labels that the network can be told of, which then it must be; none: it
///   knows nothing of labels
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

  /// Checks the sizes.
  ///
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

  /// The same network for other images, and with other answers.
  ///
  /// @param size height and width of the images
  /// @param in channels of the images
  /// @param out channels of the prediction
  /// @param labels labels that the network is told of, or none
  /// @return the configuration, with these sizes otherwise
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

  /// By what the height and width of images must be divisible: they are halved between the levels.
  ///
  /// @return a power of two
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
}
