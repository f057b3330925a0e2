package haze.nn.unet;

import haze.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The sizes and switches of a [UNet], under the names of diffusers' `UNet2DModel`.
///
/// {@snippet file="haze/nn/unet/UNetConfigTest.java" region="builder"}
///
/// @param sampleSize size of the images it is made for; others work too. None: for any size
/// @param inChannels channels of the images
/// @param outChannels channels of the prediction
/// @param layersPerBlock residual blocks a level on the way down; one more on the way up
/// @param blockOutChannels channels of each level, finest first
/// @param downBlockTypes what each level on the way down is made of, finest first
/// @param upBlockTypes the same on the way up, coarsest first
/// @param midAttention whether the middle has attention
/// @param attentionHeadDim channels of an attention head; none: one head of all channels
/// @param normNumGroups groups of every group normalisation; none: by the channels, in networks of
///   blocks that choose them so
/// @param normEps its epsilon
/// @param downsamplePadding 1: halving pads all sides; 0: it pads right and below only, as in
///   DDPM's own code
/// @param flipSinToCos whether the timestep embedding has the cosines first
/// @param freqShift shift of the embedding's lowest frequency: 0, or 1 as in DDPM's own code
/// @param numClassEmbeds number of labels; the network is then conditioned on one an image. None:
///   an unconditional network
/// @param switches the values of the others that are not the default, see [#get]
public record UNetConfig(
    Optional<ImageSize> sampleSize,
    int inChannels,
    int outChannels,
    int layersPerBlock,
    List<Integer> blockOutChannels,
    List<BlockType> downBlockTypes,
    List<BlockType> upBlockTypes,
    boolean midAttention,
    OptionalInt attentionHeadDim,
    OptionalInt normNumGroups,
    double normEps,
    int downsamplePadding,
    boolean flipSinToCos,
    double freqShift,
    OptionalInt numClassEmbeds,
    Map<UNetSwitch<?>, Object> switches) {
  /// The timestep embedding is this much wider than the finest level.
  private static final int EMBEDDING_FACTOR = 4;

  /// @throws IllegalArgumentException naming the first key that makes no sense
  public UNetConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    downBlockTypes = List.copyOf(downBlockTypes);
    upBlockTypes = List.copyOf(upBlockTypes);
    switches = Map.copyOf(switches);
    UNetChecks.check(
        new UNetChecks.Sizes(
            inChannels,
            outChannels,
            layersPerBlock,
            blockOutChannels,
            downBlockTypes,
            upBlockTypes,
            midAttention,
            attentionHeadDim,
            normNumGroups,
            normEps,
            downsamplePadding,
            freqShift,
            numClassEmbeds),
        switches);
  }

  /// {@return a builder for images of `size` by `size` pixels of `channels` channels}
  public static Builder builder(int size, int channels) {
    return new Builder(channels).size(size, size);
  }

  /// {@return the same network for other images and another prediction}
  ///
  /// @param height of the images
  /// @param width of the images
  /// @param in channels of the images
  /// @param out channels of the prediction
  /// @param labels number of labels, or none
  /// @throws IllegalArgumentException naming the first key that makes no sense
  public UNetConfig with(int height, int width, int in, int out, OptionalInt labels) {
    return toBuilder().size(height, width).inChannels(in).outChannels(out).labels(labels).build();
  }

  /// {@return the same network with another value of a switch}
  ///
  /// @throws IllegalArgumentException naming the first key that makes no sense
  public <T> UNetConfig with(UNetSwitch<T> key, T value) {
    return toBuilder().set(key, value).build();
  }

  /// {@return a builder that has all values of this network}
  public Builder toBuilder() {
    Builder builder = new Builder(inChannels);
    sampleSize.ifPresentOrElse(size -> builder.size(size.height(), size.width()), builder::anySize);
    builder.outChannels = outChannels;
    builder.layers = layersPerBlock;
    builder.channels = blockOutChannels;
    builder.down = Optional.of(downBlockTypes);
    builder.up = Optional.of(upBlockTypes);
    builder.midAttention = midAttention;
    builder.headDim = attentionHeadDim;
    builder.groups = normNumGroups;
    builder.groupsByChannels = normNumGroups.isEmpty();
    builder.eps = normEps;
    builder.downsamplePadding = downsamplePadding;
    builder.flipSinToCos = flipSinToCos;
    builder.freqShift = freqShift;
    builder.labels = numClassEmbeds;
    builder.switches.putAll(switches);
    return builder;
  }

  /// Puts a value where it is not the default, so that equal networks have equal configurations.
  private static <T> void put(Map<UNetSwitch<?>, Object> switches, UNetSwitch<T> key, T value) {
    if (value.equals(key.missing())) {
      switches.remove(key);
    } else {
      switches.put(key, value);
    }
  }

  /// {@return the value of a switch}
  public <T> T get(UNetSwitch<T> key) {
    return value(switches, key);
  }

  @SuppressWarnings("unchecked") // put() has taken a T for this key.
  static <T> T value(Map<UNetSwitch<?>, Object> switches, UNetSwitch<T> key) {
    return (T) switches.getOrDefault(key, key.missing());
  }

  /// {@return the width of the timestep's embedding}
  public int embeddingWidth() {
    return get(UNetSwitch.TIME_EMBEDDING_DIM)
        .orElse(EMBEDDING_FACTOR * blockOutChannels.getFirst());
  }

  /// {@return whether every image has a label with a learned vector}
  boolean embedsLabels() {
    return numClassEmbeds.isPresent()
        && get(UNetSwitch.CLASS_EMBED_TYPE) == UNetSwitch.ClassEmbedding.TABLE;
  }

  /// {@return the groups of a normalisation of so many channels}
  int groups(int channels) {
    return normNumGroups.orElse(SkipDownBlock.groups(channels));
  }

  /// {@return the power of two by which the height and width of images must be divisible: they are
  /// halved between the levels}
  public int imageMultiple() {
    return 1 << (blockOutChannels.size() - 1);
  }

  /// {@return the size of the images that it is made for}
  ///
  /// @throws IllegalStateException if it is made for any size
  public ImageSize imageSize() {
    return sampleSize.orElseThrow(
        () -> new IllegalStateException("u-net: sample_size is null, images of any size"));
  }

  /// {@return the shape of one image, `[h, w, c]`}
  ///
  /// @throws IllegalStateException if the network is made for any size
  public Shape imageShape() {
    return Shape.of(imageSize().height(), imageSize().width(), inChannels);
  }

  /// How many classes the network can be conditioned on.
  ///
  /// @return its labels, or one less if the last stands for no class; 0 for a network without
  ///   labels
  public int classes() {
    return numClassEmbeds.orElse(0) - (noClassLabel().isPresent() ? 1 : 0);
  }

  /// The label that stands for no class, which training without a label and guidance use (Ho and
  /// Salimans 2022, "Classifier-Free Diffusion Guidance", algorithm 1).
  ///
  /// @return the last label; none if the network has no labels, or [every one is a
  ///   class][UNetSwitch#EVERY_LABEL_IS_A_CLASS]
  public OptionalInt noClassLabel() {
    return numClassEmbeds.isPresent() && !get(UNetSwitch.EVERY_LABEL_IS_A_CLASS)
        ? OptionalInt.of(numClassEmbeds.getAsInt() - 1)
        : OptionalInt.empty();
  }

  /// Builds a configuration from what differs from the defaults: two residual blocks a level,
  /// levels of 32, 64 and 128 channels, attention with one head in the coarsest level and the
  /// middle, no classes, and the switches of diffusers' `UNet2DModel`. The order of the calls does
  /// not matter; [#build] checks.
  public static final class Builder {
    private static final int MOST_GROUPS = 8;

    private int inChannels;
    private boolean anySize;
    private int height;
    private int width;
    private int outChannels;
    private int layers = 2;
    private List<Integer> channels = List.of(32, 64, 128);
    private List<Integer> attention = List.of();
    private boolean coarsestAttention = true;
    private Optional<List<BlockType>> down = Optional.empty();
    private Optional<List<BlockType>> up = Optional.empty();
    private boolean midAttention = true;
    private OptionalInt headDim = OptionalInt.empty();
    private OptionalInt groups = OptionalInt.empty();
    private boolean groupsByChannels;
    private double eps = 1e-5;
    private int downsamplePadding = 1;
    private boolean flipSinToCos = true;
    private double freqShift;
    private OptionalInt labels = OptionalInt.empty();
    private final Map<UNetSwitch<?>, Object> switches = new HashMap<>();

    private Builder(int channels) {
      inChannels = channels;
      outChannels = channels;
    }

    /// Sets height and width of the images that it is made for.
    public Builder size(int rows, int columns) {
      height = rows;
      width = columns;
      anySize = false;
      return this;
    }

    /// Makes it for images of any size.
    public Builder anySize() {
      anySize = true;
      return this;
    }

    /// Sets the channels of the images.
    public Builder inChannels(int count) {
      inChannels = count;
      return this;
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
      down = Optional.empty();
      up = Optional.empty();
      return this;
    }

    /// Lets the coarsest level alone have attention, as is the default.
    public Builder coarsestAttention() {
      attentionAt();
      coarsestAttention = true;
      return this;
    }

    /// Sets what each level on the way down is made of, finest first, in the place of
    /// [#attentionAt].
    public Builder down(BlockType... levels) {
      down = Optional.of(List.of(levels));
      return this;
    }

    /// Sets what each level on the way up is made of, coarsest first; by default the same as on the
    /// way down.
    public Builder up(BlockType... levels) {
      up = Optional.of(List.of(levels));
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
      groupsByChannels = false;
      return this;
    }

    /// Lets the channels choose the groups, in networks of blocks that do so.
    public Builder groupsByChannels() {
      groupsByChannels = true;
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

    /// Sets the number of labels, of which the last stands for no class; by default none.
    public Builder labels(OptionalInt count) {
      labels = count;
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

    /// Sets one of the rarer choices.
    public <T> Builder set(UNetSwitch<T> key, T value) {
      put(switches, key, value);
      return this;
    }

    /// {@return the configuration}
    ///
    /// @throws IllegalArgumentException naming the first key that makes no sense
    public UNetConfig build() {
      List<BlockType> downTypes = down.orElseGet(this::attentionLevels);
      int finest = channels.isEmpty() ? 0 : channels.getFirst();
      return new UNetConfig(
          anySize ? Optional.empty() : Optional.of(new ImageSize(height, width)),
          inChannels,
          outChannels,
          layers,
          channels,
          downTypes,
          up.orElse(downTypes.reversed()),
          midAttention,
          headDim,
          groupsByChannels
              ? OptionalInt.empty()
              : OptionalInt.of(groups.orElse(Math.clamp(finest / 2, 1, MOST_GROUPS))),
          eps,
          downsamplePadding,
          flipSinToCos,
          freqShift,
          labels,
          switches);
    }

    private List<BlockType> attentionLevels() {
      int levels = channels.size();
      List<BlockType> types = new ArrayList<>(Collections.nCopies(levels, BlockType.PLAIN));
      if (coarsestAttention && levels > 0) {
        types.set(levels - 1, BlockType.ATTENTION);
      }
      for (int level : attention) {
        UNetChecks.require(
            level >= 0 && level < levels, "attention", level, "a level from 0 to " + (levels - 1));
        types.set(level, BlockType.ATTENTION);
      }
      return types;
    }

    private static List<Integer> list(int... numbers) {
      return Arrays.stream(numbers).boxed().toList();
    }
  }
}
