package haze.diffusion.training;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetConfigFile;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.nn.unet.UNetSwitch.ClassEmbedding;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// The settings of training that go into the network's file.
final class NetworkChoice {
  private static final String NONE = "none";

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
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
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
  static void requireTrainable(UNetConfig network, SchedulerConfig scheduler) {
    ClassEmbedding classes = network.get(UNetSwitch.CLASS_EMBED_TYPE);
    if (classes != ClassEmbedding.TABLE) {
      throw new RequestException(
          "class_embed_type is "
              + UNetSwitch.CLASS_EMBED_TYPE.written(classes)
              + ", but training has labels: expected null");
    }
    switch (network.get(UNetSwitch.TIME_EMBEDDING_TYPE)) {
      case POSITIONAL -> {}
      case FOURIER ->
          throw new RequestException(
              "time_embedding_type is fourier, of ln t, but training has the timestep 0");
      case LEARNED -> {
        int known = network.get(UNetSwitch.NUM_TRAIN_TIMESTEPS).orElseThrow();
        if (scheduler.kind().isFlow() || scheduler.numTrainTimesteps() > known) {
          throw new RequestException(
              "time_embedding_type is learned, with "
                  + known
                  + " whole timesteps, but the scheduler has "
                  + (scheduler.kind().isFlow() ? "fractions" : scheduler.numTrainTimesteps()));
        }
      }
    }
  }
}
