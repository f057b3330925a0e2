package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.Concat;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Conv2d;
import haze.nn.Embedding;
import haze.nn.GroupNormLayer;
import haze.nn.Module;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// DDPM's U-Net, the network that predicts the noise (Ho et al. 2020, appendix B; Ronneberger et
/// al. 2015), laid out and named as diffusers' `UNet2DModel`.
///
/// Downwards each level halves the resolution, upwards each doubles it. The input of a residual
/// block on the way up is joined with the output of its counterpart on the way down:
///
/// ```
/// conv_in -> down 0 -> down 1 -> ... -> middle -> ... -> up 1 -> up 0 -> norm, silu, conv_out
///                 \________ skip connections, newest first ________/
/// ```
///
/// {@snippet file="haze/nn/unet/UNetTest.java" region="forward"}
public final class UNet extends Module {
  private static final Convolution SAME = Convolution.of(1, 1);

  /// The timestep embedding is this much wider than the finest level.
  private static final int EMBEDDING_FACTOR = 4;

  private final UNetConfig config;
  private final Conv2d convIn;
  private final TimestepEmbedding timeEmbedding;
  private final @Nullable Embedding classEmbedding;
  private final List<UNetBlock> downBlocks = new ArrayList<>();
  private final UNetBlock midBlock;
  private final List<UNetBlock> upBlocks = new ArrayList<>();
  private final GroupNormLayer convNormOut;
  private final Conv2d convOut;

  /// A network whose parameters are zero, until [haze.nn.ParameterVector#initialize] or
  /// [haze.nn.Weights#load].
  public UNet(UNetConfig config) {
    this.config = config;
    List<Integer> channels = config.blockOutChannels();
    int levels = channels.size();
    int finest = channels.getFirst();
    int coarsest = channels.getLast();
    int embedding = EMBEDDING_FACTOR * finest;
    convIn = register("conv_in", new Conv2d(config.inChannels(), finest, 3, SAME));
    timeEmbedding =
        register(
            "time_embedding",
            new TimestepEmbedding(finest, embedding, config.flipSinToCos(), config.freqShift()));
    classEmbedding =
        config.numClassEmbeds().isEmpty()
            ? null
            : register(
                "class_embedding", new Embedding(config.numClassEmbeds().getAsInt(), embedding));

    // The channels of what forward() pushes and pops as skip connections.
    Deque<Integer> skips = new ArrayDeque<>(List.of(finest));
    int at = finest;
    for (int i = 0; i < levels; i++) {
      boolean last = i == levels - 1;
      UNetBlock block =
          UNetBlock.down(
              at,
              channels.get(i),
              embedding,
              config.downBlockTypes().get(i).hasAttention(),
              last,
              config);
      downBlocks.add(register("down_blocks." + i, block));
      at = channels.get(i);
      for (int k = 0; k < config.layersPerBlock() + (last ? 0 : 1); k++) {
        skips.push(at);
      }
    }
    midBlock = register("mid_block", UNetBlock.middle(coarsest, embedding, config));
    for (int i = 0; i < levels; i++) {
      int out = channels.get(levels - 1 - i);
      List<Integer> used = new ArrayList<>();
      for (int k = 0; k <= config.layersPerBlock(); k++) {
        used.add(skips.pop());
      }
      UNetBlock block =
          UNetBlock.up(
              at,
              out,
              used,
              embedding,
              config.upBlockTypes().get(i).hasAttention(),
              i == levels - 1,
              config);
      upBlocks.add(register("up_blocks." + i, block));
      at = out;
    }
    convNormOut =
        register(
            "conv_norm_out",
            new GroupNormLayer(
                finest, new GroupNorm(config.normNumGroups(), (float) config.normEps(), true)));
    convOut = register("conv_out", new Conv2d(finest, config.outChannels(), 3, SAME, true));
  }

  /// {@return the sizes and switches that the network was made from}
  public UNetConfig config() {
    return config;
  }

  /// {@return the prediction, `[n, h, w, outChannels]`}
  ///
  /// @param x noisy images `[n, h, w, inChannels]`; h and w divisible by [UNetConfig#imageMultiple]
  /// @param timesteps one an image, counted from 0: the network's t is the paper's t - 1
  /// @param labels one an image, from 0, if the network is conditioned on labels; otherwise none
  /// @throws IllegalArgumentException if the images do not fit the configuration, or timesteps or
  ///   labels the images
  public Variable forward(Tape tape, Variable x, float[] timesteps, int... labels) {
    requireImages(x, timesteps);
    requireLabels(x.value().dim(0), labels);
    Variable embedding = tape.scope(() -> Silu.apply(tape, embedding(tape, timesteps, labels)));
    Deque<Variable> skips = new ArrayDeque<>();
    Variable h = convIn.forward(tape, x);
    skips.push(h);
    for (UNetBlock block : downBlocks) {
      for (int i = 0; i < block.layers(); i++) {
        h = block.layer(i, tape, h, embedding);
        skips.push(h);
      }
      if (block.downsamples()) {
        h = block.resize(tape, h);
        skips.push(h);
      }
    }
    for (int i = 0; i < midBlock.layers(); i++) {
      h = midBlock.layer(i, tape, h, embedding);
    }
    for (UNetBlock block : upBlocks) {
      for (int i = 0; i < block.layers(); i++) {
        h = joinedLayer(block, i, tape, h, skips.pop(), embedding);
      }
      h = block.resize(tape, h);
    }
    return convOut.forward(tape, convNormOut.forward(tape, h));
  }

  private Variable embedding(Tape tape, float[] timesteps, int[] labels) {
    Variable time = timeEmbedding.forward(tape, timesteps);
    return classEmbedding == null
        ? time
        : Add.apply(tape, time, classEmbedding.forward(tape, labels));
  }

  private static Variable joinedLayer(
      UNetBlock block, int i, Tape tape, Variable h, Variable skip, Variable embedding) {
    return tape.scope(() -> block.layer(i, tape, Concat.apply(tape, -1, h, skip), embedding));
  }

  private void requireLabels(int images, int[] labels) {
    int known = config.numClassEmbeds().orElse(0);
    if (labels.length != (known == 0 ? 0 : images)) {
      throw new IllegalArgumentException(
          "u-net: "
              + labels.length
              + " labels for "
              + images
              + " images, expected "
              + (known == 0
                  ? "none, the network knows of no labels"
                  : "one an image, from 0 to " + (known - 1)));
    }
  }

  private void requireImages(Variable x, float[] timesteps) {
    var shape = x.value().shape();
    if (shape.rank() != 4 || shape.dim(3) != config.inChannels()) {
      throw new IllegalArgumentException(
          "u-net: images " + shape + ", expected [n, h, w, " + config.inChannels() + "]");
    }
    ImageSize size = new ImageSize(shape.dim(1), shape.dim(2));
    if (!size.isMultipleOf(config.imageMultiple())) {
      throw new IllegalArgumentException("u-net: images of " + size.misfit(config.imageMultiple()));
    }
    if (timesteps.length != shape.dim(0)) {
      throw new IllegalArgumentException(
          "u-net: " + timesteps.length + " timesteps for " + shape.dim(0) + " images");
    }
  }
}
