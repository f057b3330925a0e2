package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.training.OptimizerKind;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.StepEngine;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.nn.BatchStep;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A whole run, with all that is saved on its way, by tasks that are threads.
class RemoteRunTest {
  @TempDir Path directory;

  /// Whatever reads weights, averages or the optimizer's state before the last step. Importance
  /// sampling has state of its own, which counts when there are some losses of each timestep.
  private TrainingRequest request(String name) throws IOException {
    return TrainingRequest.of(directory.resolve(name))
        .preset(Preset.TINY)
        .conditional()
        .steps(12)
        .batch(10)
        .with(Settings.SHARD, 2)
        .with(Settings.OPTIMIZER, OptimizerKind.MUON)
        .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.IMPORTANCE)
        .with(Settings.TIMESTEPS, 4)
        .with(Settings.CHECKPOINT_EVERY, 5)
        .with(Settings.KEEP, 9)
        .with(Settings.VALIDATE_EVERY, 4)
        .with(Settings.VALIDATION_IMAGES, 8)
        .with(Settings.EMA_SNAPSHOTS, 3)
        .with(Settings.NO_SAMPLES, true);
  }

  private void run(TrainingRequest request, StepEngine engine) throws Exception {
    try (engine;
        Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request.engine(engine), workers)) {
      assertTrue(run.run(new TrainingListener() {}, () -> false));
    }
  }

  /// All files of a run whose bytes depend on nothing but the run.
  private Map<String, Integer> files(String name) throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    Path run = directory.resolve(name);
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = run.relativize(file).toString();
        if (text.endsWith(".safetensors") || text.equals("validation.csv")) {
          found.put(text, Arrays.hashCode(Files.readAllBytes(file)));
        } else if (text.equals("metrics.csv")) {
          // All but the time.
          found.put(
              text,
              Files.readAllLines(file).stream()
                  .map(line -> line.substring(0, line.lastIndexOf(',')))
                  .toList()
                  .hashCode());
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void aRunOfTasksIsTheRunOfOneProcess(int tasks) throws Exception {
    run(request("alone"), StepEngine.HERE);
    Map<String, Integer> expected = files("alone");
    // Checkpoints of 0, 5, 10, 12 and of the best; snapshots of 3, 6, 9, 12; models.
    assertTrue(expected.size() >= 12, expected.keySet().toString());
    run(request("tasks"), new ThreadEngine(tasks, _ -> false));
    assertEquals(expected, files("tasks"));
  }

  /// At step 3, before anything but the beginning was collected; again at the same step; and once
  /// more while steps are made again.
  @Test
  void aTaskThatIsLostChangesNothing() throws Exception {
    run(request("alone"), StepEngine.HERE);
    var engine = new ThreadEngine(2, steps -> steps == 3 || steps == 9 || steps == 11);
    run(request("tasks"), engine);
    assertEquals(files("alone"), files("tasks"));
    assertEquals(3, engine.warnings().size(), engine.warnings().toString());
    assertTrue(
        engine
            .warnings()
            .getFirst()
            .matches(
                "a task was lost after step [23]; the steps since 0 are made again: connection"
                    + " lost: .+"),
        engine.warnings().getFirst());
  }

  @Test
  void aRunThatIsResumedElsewhereIsTheSame() throws Exception {
    for (String name : List.of("here", "tasks")) {
      run(request(name).steps(5), StepEngine.HERE);
      TrainingRequest rest = TrainingRequest.of(directory.resolve(name)).steps(12);
      try (Workers workers = new Workers(1);
          StepEngine engine =
              name.equals("here") ? StepEngine.HERE : new ThreadEngine(3, _ -> false);
          TrainingRun run = TrainingRun.resume(rest.engine(engine), workers)) {
        assertTrue(run.run(new TrainingListener() {}, () -> false));
      }
    }
    assertEquals(files("here"), files("tasks"));
  }

  /// Images of a path are read by each task, and decoded by the task that needs them.
  @Test
  void imagesOfAPathAreThoseOfOneProcess() throws Exception {
    Path images = Files.createDirectories(directory.resolve("images"));
    for (int i = 0; i < 30; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      image.setRGB(i % 8, i / 8, 0xff8000 + i);
      ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
    }
    for (String name : List.of("alone", "tasks")) {
      run(
          TrainingRequest.of(directory.resolve(name))
              .preset(Preset.TINY)
              .data(images)
              .steps(12)
              .batch(6)
              .with(Settings.SHARD, 2)
              .with(Settings.FLIP, true)
              .with(Settings.NO_SAMPLES, true),
          name.equals("alone") ? StepEngine.HERE : new ThreadEngine(2, _ -> false));
    }
    assertEquals(files("alone"), files("tasks"));
  }

  @Test
  void tasksThatAreLostAgainAndAgainEndTheRun() throws Exception {
    var engine = new ThreadEngine(2, _ -> true);
    IOException failure = assertThrows(IOException.class, () -> run(request("lost"), engine));
    assertTrue(
        failure.getMessage().startsWith("tasks were lost 4 times: connection lost: "),
        failure.getMessage());
    assertEquals(3, engine.warnings().size());
  }

  /// The reason comes from the task that fails, though another one's connection is lost first.
  @Test
  void aTaskThatFailsSaysWhy() throws Exception {
    ImageDataset data = Mnist.train();
    float[] few = new float[784 * 12];
    for (int i = 0; i < 12; i++) {
      System.arraycopy(data.image(i).toArray(), 0, few, 784 * i, 784);
    }
    TrainingRequest request =
        TrainingRequest.of(directory.resolve("other"))
            .preset(Preset.TINY)
            .data(ImageDataset.of(few, Shape.of(28, 28, 1)))
            .batch(4)
            .with(Settings.SHARD, 2)
            .with(Settings.NO_SAMPLES, true);
    float[] others = new float[784 * 12];
    StepEngine engine = new ThreadEngine(2, _ -> false);
    StepEngine wrong =
        new StepEngine() {
          @Override
          public BatchStep.Factory steps(Path run, Optional<ImageDataset> images) {
            return engine.steps(run, Optional.of(ImageDataset.of(others, Shape.of(28, 28, 1))));
          }

          @Override
          public void close() {
            engine.close();
          }
        };
    IOException failure = assertThrows(IOException.class, () -> run(request, wrong));
    assertTrue(
        failure
            .getMessage()
            .matches(
                "task [01] on 127.0.0.1: .+ learns from other images than those .+; the checkpoint"
                    + " of step 0 is intact, and haze train --resume .+"),
        failure.getMessage());
    assertEquals(List.of(), ((ThreadEngine) engine).warnings());
  }
}
