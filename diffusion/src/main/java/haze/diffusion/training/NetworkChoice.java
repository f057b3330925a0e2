package haze.diffusion.training;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetConfigFile;
import haze.nn.unet.ImageSize;
import haze.nn.unet.InvalidConfigException;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.nn.unet.UNetSwitch.ClassEmbedding;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// The settings of training that go into the network's file.
final class NetworkChoice {
  private static final String NONE = "none";

  /// The options that set a key of the network's file.
  private static final Map<String, Setting<?>> OPTIONS =
      Map.of(
          "block_out_channels", Settings.CHANNELS,
          "layers_per_block", Settings.LAYERS,
          "attention_head_dim", Settings.HEAD_DIM,
          "norm_num_groups", Settings.GROUPS);

  private NetworkChoice() {}

  /// {@return whether a text is such as `64,128,256`}
  static boolean isList(String text) {
    return text.matches("[1-9]\\d{0,4}(,[1-9]\\d{0,4})*");
  }

  private static int[] list(String text) {
    return Arrays.stream(text.split(",", -1)).mapToInt(Integer::parseInt).toArray();
  }

  /// {@return the network of a run}
  ///
  /// @param preset the preset's
  /// @param given what is to be different
  /// @param image the shape of one image
  /// @param outChannels channels of the prediction
  /// @param labels number of labels, or none
  /// @throws IOException if a configuration cannot be read, or is wrong
  /// @throws RequestException if the settings do not go together, or not with the images
  static UNetConfig network(
      UNetConfig preset, TrainingSettings given, Shape image, int outChannels, OptionalInt labels)
      throws IOException {
    Optional<String> file = given.given(Settings.NETWORK);
    UNetConfig base = file.isEmpty() ? preset : UNetConfigFile.read(Path.of(file.get()));
    UNetConfig.Builder builder =
        base.toBuilder()
            .size(image.dim(0), image.dim(1))
            .inChannels(image.dim(2))
            .outChannels(outChannels)
            .labels(labels);
    given
        .given(Settings.CHANNELS)
        .ifPresent(text -> builder.channels(list(text)).coarsestAttention());
    given.given(Settings.LAYERS).ifPresent(builder::layers);
    given.given(Settings.HEAD_DIM).ifPresent(builder::headChannels);
    given.given(Settings.GROUPS).ifPresent(builder::groups);
    given
        .given(Settings.DROPOUT)
        .ifPresent(probability -> builder.set(UNetSwitch.DROPOUT, probability));
    given
        .given(Settings.FOURIER_FEATURES)
        .ifPresent(on -> builder.set(UNetSwitch.FOURIER_FEATURES, on));
    int levels =
        given
            .given(Settings.CHANNELS)
            .map(text -> list(text).length)
            .orElse(base.blockOutChannels().size());
    given
        .given(Settings.ATTENTION)
        .ifPresent(
            text -> {
              builder.attentionAt(attention(text, image.dim(0), levels));
              builder.midAttention(!text.equals(NONE));
            });
    requireHalving(given, levels, new ImageSize(image.dim(0), image.dim(1)));
    requireGroups(given, base);
    try {
      return builder.build();
    } catch (InvalidConfigException e) {
      throw refusal(e, given);
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }

  /// Names the option that images cannot be halved for, if there is one.
  private static void requireHalving(TrainingSettings given, int levels, ImageSize size) {
    int multiple = 1 << (levels - 1);
    if (size.isMultipleOf(multiple)) {
      return;
    }
    if (!given.get(Settings.SIZE).isEmpty()) {
      throw Settings.SIZE.invalid("is " + size + ", which " + size.misfit(multiple));
    }
    Optional<String> channels = given.given(Settings.CHANNELS);
    if (channels.isPresent()) {
      throw Settings.CHANNELS.invalid(
          "is "
              + channels.get()
              + ", but images of "
              + size
              + " "
              + size.misfit(multiple)
              + "; --size scales them");
    }
  }

  /// Names the option for which groups and channels do not go together.
  private static void requireGroups(TrainingSettings given, UNetConfig base) {
    Optional<Integer> asked = given.given(Settings.GROUPS);
    OptionalInt groups = asked.isPresent() ? OptionalInt.of(asked.get()) : base.normNumGroups();
    Optional<String> text = given.given(Settings.CHANNELS);
    int[] channels =
        text.map(NetworkChoice::list)
            .orElseGet(
                () -> base.blockOutChannels().stream().mapToInt(Integer::intValue).toArray());
    if (groups.isEmpty() || Arrays.stream(channels).allMatch(c -> c % groups.getAsInt() == 0)) {
      return;
    }
    List<Integer> divisors =
        IntStream.rangeClosed(1, Arrays.stream(channels).min().orElseThrow())
            .filter(divisor -> Arrays.stream(channels).allMatch(c -> c % divisor == 0))
            .boxed()
            .toList();
    if (asked.isPresent()) {
      throw Settings.GROUPS.invalid(
          "is "
              + asked.get()
              + ", expected a divisor of the channels "
              + Arrays.toString(channels)
              + ": one of "
              + divisors);
    }
    throw Settings.CHANNELS.invalid(
        "is "
            + text.orElseThrow()
            + ", expected multiples of "
            + groups.getAsInt()
            + ", the groups of normalisation, or --groups with one of "
            + divisors);
  }

  /// The refusal of a key, by the name of the option or the file that its value comes from.
  private static RequestException refusal(InvalidConfigException e, TrainingSettings given) {
    Optional<Setting<?>> row = Optional.ofNullable(OPTIONS.get(e.key()));
    if (row.isPresent() && given.given(row.get()).isPresent()) {
      return row.get().invalid(e.problem());
    }
    if (given.given(Settings.NETWORK).isPresent()) {
      return new RequestException(origin(given) + e.key() + " " + e.problem());
    }
    Optional<String> channels = given.given(Settings.CHANNELS);
    if (e.key().equals("freq_shift") && channels.isPresent()) {
      return Settings.CHANNELS.invalid(
          "is " + channels.get() + ", expected at least 2 in the finest level");
    }
    return row.map(setting -> setting.invalid("is not given, and the preset's " + e.problem()))
        .orElseGet(() -> RequestException.because(e));
  }

  /// What a message about a network begins with that comes from a file.
  private static String origin(TrainingSettings given) {
    String file = given.given(Settings.NETWORK).orElse(given.get(Settings.FROM));
    return file.isEmpty() ? "" : file + ": ";
  }

  /// The levels of these heights.
  private static int[] attention(String text, int height, int levels) {
    if (text.equals(NONE)) {
      return new int[0];
    }
    List<Integer> heights = IntStream.range(0, levels).map(i -> height >> i).boxed().toList();
    return Arrays.stream(list(text))
        .map(
            wanted -> {
              if (!heights.contains(wanted)) {
                throw Settings.ATTENTION.invalid(
                    "is " + text + ", but the levels have images of heights " + heights);
              }
              return heights.indexOf(wanted);
            })
        .toArray();
  }

  /// Checks that a network can be trained on images with labels, at all timesteps from 0.
  ///
  /// @throws RequestException if not
  static void requireTrainable(
      UNetConfig network, SchedulerConfig scheduler, TrainingSettings given) {
    String origin = origin(given);
    ClassEmbedding classes = network.get(UNetSwitch.CLASS_EMBED_TYPE);
    if (classes != ClassEmbedding.TABLE) {
      throw new RequestException(
          origin
              + "class_embed_type is "
              + UNetSwitch.CLASS_EMBED_TYPE.written(classes)
              + ", but training has labels: expected null");
    }
    switch (network.get(UNetSwitch.TIME_EMBEDDING_TYPE)) {
      case POSITIONAL -> {}
      case FOURIER ->
          throw new RequestException(
              origin + "time_embedding_type is fourier, of ln t, but training has the timestep 0");
      case LEARNED -> {
        int known = network.get(UNetSwitch.NUM_TRAIN_TIMESTEPS).orElseThrow();
        if (scheduler.kind().isFlow() || scheduler.numTrainTimesteps() > known) {
          throw new RequestException(
              origin
                  + "time_embedding_type is learned, with "
                  + known
                  + " whole timesteps, but the scheduler has "
                  + (scheduler.kind().isFlow() ? "fractions" : scheduler.numTrainTimesteps()));
        }
      }
    }
  }
}
