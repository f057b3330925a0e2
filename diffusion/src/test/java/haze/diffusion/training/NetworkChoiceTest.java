package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.unet.BlockType;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkChoiceTest {
  private static final UNetConfig PRESET = Preset.MNIST.network();

  private static UNetConfig network(TrainingSettings given) throws IOException {
    return NetworkChoice.network(PRESET, given, Shape.of(32, 16, 3), 3, OptionalInt.empty());
  }

  @Test
  void withoutOptionsItIsThePresetsForTheImages() throws IOException {
    assertEquals(PRESET.with(32, 16, 3, 3, OptionalInt.empty()), network(TrainingSettings.DEFAULT));
  }

  @Test
  void everyOptionChangesItsPart() throws IOException {
    UNetConfig network =
        network(
            TrainingSettings.DEFAULT
                .with(Settings.CHANNELS, "64,128,128,256")
                .with(Settings.LAYERS, 2)
                .with(Settings.ATTENTION, "16,4")
                .with(Settings.HEAD_DIM, 64)
                .with(Settings.GROUPS, 32)
                .with(Settings.DROPOUT, 0.1));
    assertEquals(
        UNetConfig.builder(8, 3)
            .size(32, 16)
            .channels(64, 128, 128, 256)
            .layers(2)
            .down(BlockType.PLAIN, BlockType.ATTENTION, BlockType.PLAIN, BlockType.ATTENTION)
            .up(BlockType.ATTENTION, BlockType.PLAIN, BlockType.ATTENTION, BlockType.PLAIN)
            .headChannels(64)
            .groups(32)
            .set(UNetSwitch.DROPOUT, 0.1)
            .build(),
        network);
  }

  @Test
  void otherChannelsHaveAttentionInTheCoarsestLevel() throws IOException {
    assertEquals(
        List.of(BlockType.PLAIN, BlockType.ATTENTION),
        network(TrainingSettings.DEFAULT.with(Settings.CHANNELS, "32,64")).downBlockTypes());
    UNetConfig none = network(TrainingSettings.DEFAULT.with(Settings.ATTENTION, "none"));
    assertEquals(List.of(BlockType.PLAIN, BlockType.PLAIN, BlockType.PLAIN), none.downBlockTypes());
    assertEquals(false, none.midAttention());
  }

  @Test
  void aConfigurationOfDiffusersIsABeginning() throws IOException {
    String file = PipelineGolden.path("../unet-switches/scale-shift/config.json").toString();
    UNetConfig network =
        network(TrainingSettings.DEFAULT.with(Settings.NETWORK, file).with(Settings.LAYERS, 2));
    assertEquals(true, network.get(UNetSwitch.TIME_SCALE_SHIFT));
    assertEquals(2, network.layersPerBlock());
    assertEquals(Shape.of(32, 16, 3), network.imageShape());
  }

  @Test
  void heightsThatNoLevelHasAreRefused() {
    assertEquals(
        "--attention is 16,5, but the levels have images of heights [32, 16, 8]",
        "--"
            + assertThrows(
                    RequestException.class,
                    () -> network(TrainingSettings.DEFAULT.with(Settings.ATTENTION, "16,5")))
                .getMessage());
  }

  /// A person has written options: the message names these, and what would do.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CHANNELS 36,64         | channels is 36,64, expected multiples of 8, the groups of normalisation, or --groups with one of [1, 2, 4]
          CHANNELS 1 GROUPS 1 HEAD_DIM 1 | channels is 1, expected at least 2 in the finest level
          CHANNELS 8,16          | head-dim is not given, and the preset's is 32, expected at most 16, the channels of a level with attention
          GROUPS 7               | groups is 7, expected a divisor of the channels [16, 32, 64]: one of [1, 2, 4, 8, 16]
          HEAD_DIM 300           | head-dim is 300, expected at most 64, the channels of a level with attention
          CHANNELS 8,8,8,8,8,8   | channels is 8,8,8,8,8,8, but images of 16 x 32 cannot be halved 5 times, the nearest size that can: 32 x 32; --size scales them
          SIZE 16x32 CHANNELS 8,8,8,8,8,8 | size is 16 x 32, which cannot be halved 5 times, the nearest size that can: 32 x 32
          """)
  void whatDoesNotGoTogetherIsNamedByItsOption(String options, String problem) {
    TrainingSettings given = TrainingSettings.DEFAULT;
    String[] words = options.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      String value = words[i + 1];
      given =
          switch (words[i]) {
            case "CHANNELS" -> given.with(Settings.CHANNELS, value);
            case "SIZE" -> given.with(Settings.SIZE, value);
            case "GROUPS" -> given.with(Settings.GROUPS, Integer.valueOf(value));
            default -> given.with(Settings.HEAD_DIM, Integer.valueOf(value));
          };
    }
    TrainingSettings settings = given;
    assertEquals(
        problem, assertThrows(RequestException.class, () -> network(settings)).getMessage());
  }

  @Test
  void whatDoesNotGoWithAFileIsNamedByTheFile() {
    String file = PipelineGolden.path("../unet-switches/scale-shift/config.json").toString();
    TrainingSettings given =
        TrainingSettings.DEFAULT.with(Settings.NETWORK, file).with(Settings.CHANNELS, "2,2");
    String problem =
        assertThrows(RequestException.class, () -> network(given.with(Settings.GROUPS, 2)))
            .getMessage();
    assertTrue(problem.startsWith(file + ": attention_head_dim is "), problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"64;128", "64,", "0,8", "-8", "64 128", "a", ""})
  void channelsAreNumbers(String text) {
    assertThrows(
        RequestException.class, () -> TrainingSettings.DEFAULT.with(Settings.CHANNELS, text));
  }

  @Test
  void whatTrainingCannotDoIsRefused() {
    assertUntrainable(
        "class_embed_type is timestep, but training has labels: expected null",
        PRESET.with(UNetSwitch.CLASS_EMBED_TYPE, UNetSwitch.ClassEmbedding.TIMESTEP));
    assertUntrainable(
        "time_embedding_type is fourier, of ln t, but training has the timestep 0",
        PRESET.with(UNetSwitch.TIME_EMBEDDING_TYPE, UNetSwitch.TimeEmbeddingType.FOURIER));
    UNetConfig learned =
        PRESET.toBuilder()
            .set(UNetSwitch.NUM_TRAIN_TIMESTEPS, OptionalInt.of(50))
            .set(UNetSwitch.TIME_EMBEDDING_TYPE, UNetSwitch.TimeEmbeddingType.LEARNED)
            .build();
    assertUntrainable(
        "time_embedding_type is learned, with 50 whole timesteps, but the scheduler has 1000",
        learned);
    NetworkChoice.requireTrainable(
        learned, SchedulerConfig.DDPM.withTimesteps(50), TrainingSettings.DEFAULT);
    NetworkChoice.requireTrainable(PRESET, SchedulerConfig.DDPM, TrainingSettings.DEFAULT);
  }

  private static void assertUntrainable(String message, UNetConfig network) {
    assertEquals(
        message,
        assertThrows(
                RequestException.class,
                () ->
                    NetworkChoice.requireTrainable(
                        network, SchedulerConfig.DDPM, TrainingSettings.DEFAULT))
            .getMessage());
  }
}
