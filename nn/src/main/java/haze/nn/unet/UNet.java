package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.Divide;
import haze.autograd.Scale;
import haze.autograd.Subtract;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Activation;
import haze.nn.Conv2d;
import haze.nn.Embedding;
import haze.nn.GroupNormLayer;
import haze.nn.Module;
import haze.nn.unet.UNetSwitch.ClassEmbedding;
import haze.nn.unet.UNetSwitch.TimeEmbeddingType;
import haze.tensor.Convolution;
import haze.tensor.Dropout;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
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

  private final UNetConfig config;
  private final Conv2d convIn;
  private final TimeProjection timeProjection;
  private final TimestepEmbedding timeEmbedding;
  private final @Nullable Embedding classTable;
  private final @Nullable TimestepEmbedding classLayers;
  private final List<UNetPart> downBlocks = new ArrayList<>();
  private final @Nullable UNetPart midBlock;
  private final List<UNetPart> upBlocks = new ArrayList<>();
  private final GroupNormLayer convNormOut;
  private final Conv2d convOut;

  /// A network whose parameters are zero, until [haze.nn.ParameterVector#initialize] or
  /// [haze.nn.Weights#load].
  ///
  /// @throws IllegalArgumentException if groups do not divide the channels of a layer
  public UNet(UNetConfig config) {
    this.config = config;
    List<Integer> channels = config.blockOutChannels();
    int levels = channels.size();
    int finest = channels.getFirst();
    int width = config.embeddingWidth();
    int perChannel = config.get(UNetSwitch.FOURIER_FEATURES) ? FourierFeatures.PER_CHANNEL : 1;
    convIn = register("conv_in", new Conv2d(perChannel * config.inChannels(), finest, 3, SAME));
    timeProjection = register("time_proj", TimeProjection.of(config));
    timeEmbedding =
        register("time_embedding", new TimestepEmbedding(timeProjection.width(), width));
    classTable =
        config.embedsLabels()
            ? register(
                "class_embedding", new Embedding(config.numClassEmbeds().orElseThrow(), width))
            : null;
    classLayers =
        config.get(UNetSwitch.CLASS_EMBED_TYPE) == ClassEmbedding.TIMESTEP
            ? register("class_embedding", new TimestepEmbedding(timeProjection.width(), width))
            : null;
    Plan plan = new Plan(config);
    plan.skips().push(finest);
    for (int i = 0; i < levels; i++) {
      UNetPart block = config.downBlockTypes().get(i).down(plan, channels.get(i), i == levels - 1);
      downBlocks.add(register("down_blocks." + i, block));
    }
    midBlock = config.get(UNetSwitch.MID_BLOCK) ? register("mid_block", new MidBlock(plan)) : null;
    for (int i = 0; i < levels; i++) {
      int level = levels - 1 - i;
      UNetPart block =
          config
              .upBlockTypes()
              .get(i)
              .up(plan, channels.get(level), channels.get(Math.max(level - 1, 0)), level == 0);
      upBlocks.add(register("up_blocks." + i, block));
    }
    convNormOut =
        register(
            "conv_norm_out",
            new GroupNormLayer(finest, config.groups(finest), config.normEps(), Activation.SILU));
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
    return forward(tape, x, timesteps, null, null, labels);
  }

  /// {@return the prediction of a network that is conditioned on vectors,
  /// [UNetSwitch.ClassEmbedding#IDENTITY], `[n, h, w, outChannels]`}
  ///
  /// @param vectors one an image, `[n, embeddingWidth]`
  /// @throws IllegalArgumentException if something does not fit
  public Variable forward(Tape tape, Variable x, float[] timesteps, Variable vectors) {
    return forward(tape, x, timesteps, vectors, null);
  }

  /// {@return the prediction in training, where [UNetSwitch#DROPOUT] drops elements}
  ///
  /// @param dropout the random stream of the first image: that of image i and layer l has image i
  ///   and purpose l more, so that what is dropped depends neither on threads nor on shards
  /// @throws IllegalArgumentException if something does not fit
  public Variable forwardInTraining(
      Tape tape, Variable x, float[] timesteps, Rng dropout, int... labels) {
    double probability = config.get(UNetSwitch.DROPOUT);
    return forward(
        tape,
        x,
        timesteps,
        null,
        probability == 0 ? null : new Dropout(probability, dropout),
        labels);
  }

  private Variable forward(
      Tape tape,
      Variable images,
      float[] timesteps,
      @Nullable Variable vectors,
      @Nullable Dropout dropout,
      int... labels) {
    requireImages(images, timesteps);
    requireLabels(images.value().dim(0), labels, vectors);
    Variable x = config.get(UNetSwitch.CENTER_INPUT_SAMPLE) ? centered(tape, images) : images;
    Variable time = tape.scope(() -> embedding(tape, timesteps, labels, vectors));
    Variable embedding = config.get(UNetSwitch.ACTIVATION).apply(tape, time);
    Pass pass = new Pass(tape, time, embedding, dropout);
    pass.setImage(x);
    Variable seen = config.get(UNetSwitch.FOURIER_FEATURES) ? FourierFeatures.apply(tape, x) : x;
    Variable h = convIn.forward(tape, seen);
    pass.skips().push(h);
    for (UNetPart block : downBlocks) {
      h = block.forward(pass, h);
    }
    if (midBlock != null) {
      h = midBlock.forward(pass, h);
    }
    pass.setImage(null);
    for (UNetPart block : upBlocks) {
      h = block.forward(pass, h);
    }
    Variable z = convNormOut.forward(tape, h);
    Variable y = pass.withImage(convOut.forward(tape, z));
    tape.forget(z);
    return config.get(UNetSwitch.TIME_EMBEDDING_TYPE) == TimeEmbeddingType.FOURIER
        ? divided(tape, y, timesteps)
        : y;
  }

  private static Variable centered(Tape tape, Variable x) {
    return Subtract.apply(tape, Scale.apply(tape, x, 2), tape.constant(Tensor.full(1, 1)));
  }

  /// The output by the timestep, as in diffusers.
  private static Variable divided(Tape tape, Variable y, float[] timesteps) {
    Tensor t = Tensor.of(Shape.of(timesteps.length, 1, 1, 1), timesteps);
    return Divide.apply(tape, y, tape.constant(t));
  }

  private Variable embedding(
      Tape tape, float[] timesteps, int[] labels, @Nullable Variable vectors) {
    Variable time = timeEmbedding.forward(tape, timeProjection.forward(tape, timesteps));
    Variable classes = vectors;
    if (classTable != null) {
      classes = classTable.forward(tape, labels);
    } else if (classLayers != null) {
      float[] numbers = new float[labels.length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = labels[i];
      }
      classes = classLayers.forward(tape, timeProjection.forward(tape, numbers));
    }
    return classes == null ? time : Add.apply(tape, time, classes);
  }

  private void requireLabels(int images, int[] labels, @Nullable Variable vectors) {
    ClassEmbedding type = config.get(UNetSwitch.CLASS_EMBED_TYPE);
    Shape wanted = Shape.of(images, config.embeddingWidth());
    boolean identity = type == ClassEmbedding.IDENTITY;
    if (identity != (vectors != null)
        || (vectors != null && !vectors.value().shape().equals(wanted))) {
      throw new IllegalArgumentException(
          "u-net: vectors to be conditioned on are "
              + (vectors == null ? "missing" : vectors.value().shape())
              + ", expected "
              + (identity ? wanted : "none"));
    }
    boolean labelled = config.embedsLabels() || type == ClassEmbedding.TIMESTEP;
    if (labels.length != (labelled ? images : 0)) {
      throw new IllegalArgumentException(
          "u-net: "
              + labels.length
              + " labels for "
              + images
              + " images, expected "
              + (!labelled
                  ? "none, the network knows of no labels"
                  : config.embedsLabels()
                      ? "one an image, from 0 to " + (config.numClassEmbeds().orElseThrow() - 1)
                      : "one an image"));
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
      throw new IllegalArgumentException(
          "u-net: images of " + size + " " + size.misfit(config.imageMultiple()));
    }
    if (timesteps.length != shape.dim(0)) {
      throw new IllegalArgumentException(
          "u-net: " + timesteps.length + " timesteps for " + shape.dim(0) + " images");
    }
  }
}
