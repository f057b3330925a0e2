package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.nn.unet.BlockType;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniatureTest {
  @TempDir private Path dir;

  @Test
  void theReferenceHasFewerChannelsAndPixels() {
    UNetConfig small = Miniature.of(plan(Preset.REFERENCE.network(), 28, 1)).network();
    assertEquals(List.of(32, 64, 64), small.blockOutChannels());
    assertEquals("12 x 12", small.imageSize().toString());
  }

  @Test
  void whatTheNetworkNeedsIsKept() {
    UNetConfig groups = UNetConfig.builder(32, 1).channels(96, 192).groups(12).build();
    assertEquals(List.of(96, 192), channels(groups));
    UNetConfig heads = UNetConfig.builder(32, 1).channels(128, 256).headChannels(128).build();
    assertEquals(List.of(128, 256), channels(heads));
    UNetConfig middle =
        UNetConfig.builder(32, 1)
            .channels(96, 96)
            .set(UNetSwitch.ATTN_NORM_NUM_GROUPS, OptionalInt.of(3))
            .build();
    assertEquals(List.of(96, 96), channels(middle));
  }

  private static List<Integer> channels(UNetConfig network) {
    return Miniature.of(plan(network, 32, 1)).network().blockOutChannels();
  }

  @Test
  void aMiniatureOfEveryKindOfNetworkTrains() {
    UNetConfig.Builder colour = UNetConfig.builder(24, 3).channels(64, 128).layers(1);
    List<UNetConfig> networks =
        List.of(
            Preset.MNIST.network().with(24, 24, 3, 3, OptionalInt.empty()),
            colour.ddpm().build(),
            colour.classes(3).build(),
            colour.labels(OptionalInt.empty()).down(BlockType.SKIP, BlockType.SKIP).build(),
            UNetConfig.builder(24, 3)
                .channels(64, 128)
                .layers(1)
                .down(BlockType.K, BlockType.K)
                .groupsByChannels()
                .build());
    try (Workers workers = new Workers(1)) {
      for (UNetConfig network : networks) {
        TrainingPlan small = Miniature.of(plan(network, 24, 3));
        Trainer.Step step = small.trainer(workers).step();
        assertTrue(step.isApplied(), network::toString);
        assertEquals(64, small.network().blockOutChannels().getLast());
      }
    }
  }

  /// Settings of the run, for three images of a class each.
  private static TrainingPlan plan(UNetConfig network, int side, int channels) {
    Shape image = Shape.of(side, side, channels);
    return new TrainingPlan(
        TrainingSettings.DEFAULT.with(
            Settings.LABEL_DROPOUT, network.numClassEmbeds().isPresent() ? 0.1 : 0.0),
        Preset.REFERENCE.scheduler(),
        network,
        ImageDataset.of(new float[3 * image.size()], image, 0, 1, 2),
        Optional.empty());
  }

  @Test
  void itLeavesNoTraceInTheRun() throws Exception {
    TrainingRequest request =
        TrainingRequest.of(dir.resolve("run"))
            .preset(Preset.TINY)
            .data(ImageDataset.of(new float[8 * 64], Shape.of(8, 8, 1)));
    try (Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      Trainer alone = TrainingPlan.of(request).trainer(workers);
      for (int i = 0; i < 2; i++) {
        assertEquals(alone.step().loss(), run.step().loss());
      }
      Map<String, float[]> state = run.state();
      assertEquals(alone.state().keySet(), state.keySet());
      alone.state().forEach((name, values) -> assertArrayEquals(values, state.get(name), name));
    }
  }

  /// A failure of the compiler's warm-up is no secret, and a stop ends it.
  @Test
  void itsFailureReachesTheRun() throws IOException {
    UNetConfig three = Preset.TINY.network().with(8, 8, 1, 3, OptionalInt.empty());
    Miniature wrong = Miniature.start(plan(three, 8, 1));
    String problem =
        assertThrows(IllegalArgumentException.class, () -> wrong.await(() -> false)).getMessage();
    assertTrue(problem.contains("3 output channels"), problem);
    try (Miniature stopped = Miniature.start(plan(Preset.TINY.network(), 8, 1))) {
      stopped.await(() -> true);
    }
  }
}
