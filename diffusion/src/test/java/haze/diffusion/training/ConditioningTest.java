package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When a network is conditioned on labels: whoever asks for it, and, by a preset that says so,
/// where there are labels.
class ConditioningTest {
  private static final int[] LABELS = {0, 1, 2, 0, 1, 2, 0, 1};
  private static final int STEPS = 6;
  @TempDir Path directory;

  private static ImageDataset labelled() {
    float[] pixels = new float[LABELS.length * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i * 37 % 101 / 50f - 1;
    }
    return ImageDataset.of(pixels, Shape.of(8, 8, 1), LABELS);
  }

  /// A small network with the settings of a preset, on images with labels.
  private TrainingRequest request(String name, Preset preset) {
    TrainingRequest small = SmallRun.plain(directory.resolve(name));
    return small
        .preset(
            new Preset(
                preset.name(),
                "",
                small.preset().network(),
                Preset.TINY.scheduler(), //
                preset.settings()))
        .data(labelled())
        .batch(4)
        .steps(1);
  }

  private static int classes(TrainingRequest request) throws Exception {
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      return run.pipeline().unet().config().classes();
    }
  }

  @Test
  void theDefaultIsConditionedWhereThereAreLabels() throws Exception {
    assertEquals(3, classes(request("labels", Preset.MNIST)));
    assertEquals(0, classes(request("none", Preset.MNIST).data(SmallRun.images())));
    assertEquals(0, classes(request("unconditional", Preset.MNIST).unconditional()));
  }

  @Test
  void otherPresetsAreConditionedIfAsked() throws Exception {
    assertEquals(0, classes(request("tiny", Preset.TINY)));
    assertEquals(3, classes(request("asked", Preset.TINY).conditional()));
  }

  @Test
  void whoeverAsksNeedsLabels() {
    TrainingRequest request = request("run", Preset.MNIST).data(SmallRun.images());
    assertThrows(IllegalArgumentException.class, () -> classes(request.conditional()));
    assertThrows(
        IllegalArgumentException.class, () -> classes(request.with(Settings.LABEL_DROPOUT, 0.2)));
  }

  /// A model without classes is trained further as it is.
  @Test
  void aModelToStartFromDecides() throws Exception {
    TrainingRequest first = request("first", Preset.TINY);
    classes(first);
    TrainingRequest further =
        TrainingRequest.of(directory.resolve("further"))
            .data(labelled())
            .with(Settings.FROM, first.directory().toString());
    assertEquals(0, classes(further));
    assertEquals(3, classes(further.directory(directory.resolve("classes")).conditional()));
    assertEquals(
        3,
        classes(
            further
                .directory(directory.resolve("again"))
                .with(Settings.FROM, directory.resolve("classes").toString())));
  }

  @Test
  void gridsAreGuided() throws Exception {
    byte[] usual = grid(trained("usual"));
    assertArrayEquals(usual, grid(trained("two").with(Settings.GUIDANCE, 2.0)));
    assertFalse(Arrays.equals(usual, grid(trained("plain").with(Settings.GUIDANCE, 1.0))));
  }

  /// Far enough for classes to make a difference.
  private TrainingRequest trained(String name) {
    return request(name, Preset.TINY)
        .conditional()
        .steps(STEPS)
        .learningRate(0.1)
        .with(Settings.EMA_DECAY, 0.0);
  }

  private static byte[] grid(TrainingRequest request) throws Exception {
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      run.run(TrainingListener.NONE);
    }
    RunDirectory run = new RunDirectory(request.directory());
    assertEquals(3, Pipeline.load(request.directory()).unet().config().classes());
    return Files.readAllBytes(run.samples(STEPS));
  }
}
