package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.RequestException;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a resumed run may have otherwise than before.
class ResumedSettingsTest {
  private static final int STEPS = 6;
  private static final int STOP = 3;

  @TempDir Path directory;

  private final Workers workers = new Workers(1);
  private Path path;

  @BeforeEach
  void stop() throws Exception {
    path = stopped("run", SmallRun.request(directory.resolve("run")));
  }

  @AfterEach
  void close() {
    workers.close();
  }

  private Path stopped(String name, TrainingRequest request) throws Exception {
    Path run = directory.resolve(name);
    try (TrainingRun begun = TrainingRun.begin(request.directory(run).steps(STEPS), workers)) {
      assertFalse(begun.run(TrainingListener.NONE, () -> begun.completed() == STOP));
    }
    return run;
  }

  private TrainingRun resumed(TrainingRequest request) throws Exception {
    try (TrainingRun run = TrainingRun.resume(request, workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
      return run;
    }
  }

  private TrainingRequest again() {
    return SmallRun.again(path);
  }

  @Test
  void whatTheWeightsDoNotDependOnIsTakenAndSaid() throws Exception {
    TrainingRun whole = resumed(again().directory(stopped("whole", SmallRun.request(path))));
    TrainingRun run =
        resumed(
            again()
                .with(Settings.SAMPLE_EVERY, 1)
                .with(Settings.CHECKPOINT_EVERY, 0)
                .with(Settings.KEEP, 9)
                .with(Settings.STRICT, true)
                .with(Settings.MICRO_BATCH, 4));
    assertEquals(
        List.of(
            "--strict is true now, was false; no weight depends on it",
            "--micro-batch is 4 now, was 0; no weight depends on it",
            "--sample-every is 1 now, was 2; no weight depends on it",
            "--checkpoint-every is 0 now, was 1; no weight depends on it",
            "--keep is 9 now, was 2; no weight depends on it"),
        run.notes());
    whole.state().forEach((name, values) -> assertArrayEquals(values, run.state().get(name), name));
    for (int step = STOP; step <= STEPS; step++) {
      assertTrue(Files.exists(run.directory().samples(step)), "samples of " + step);
    }
    // As if it had been so from the beginning.
    assertEquals(0, TrainingSettings.read(run.directory().config()).get(Settings.CHECKPOINT_EVERY));
  }

  @Test
  void whatTheWeightsDependOnIsSaidToo() throws Exception {
    TrainingRun run = resumed(again().learningRate(1e-4).steps(STEPS + 1));
    assertEquals(List.of("--steps is 7 now, was 6", "--lr is 1.0E-4 now, was 0.002"), run.notes());
  }

  @Test
  void samplesMayBeLeftOutAndComeBack() throws Exception {
    assertFalse(
        resumed(again().with(Settings.NO_SAMPLES, true))
            .directory()
            .samples(STEPS)
            .toFile()
            .exists());
    // The run has had its steps, and lacks its samples alone.
    TrainingRun run = resumed(again().with(Settings.SAMPLE_EVERY, 0));
    assertTrue(Files.exists(run.directory().samples(STEPS)));
    assertThrows(
        RequestException.class,
        () ->
            TrainingRun.resume(
                again().with(Settings.SAMPLE_EVERY, 2).with(Settings.NO_SAMPLES, true), workers));
  }

  @Test
  void withoutASoundCheckpointTheModelIsTheWayOut() throws Exception {
    for (int step = STOP - 1; step <= STOP; step++) {
      Files.delete(path.resolve("training/checkpoints/step-00000" + step + "/state.safetensors"));
    }
    String message =
        assertThrows(IOException.class, () -> TrainingRun.resume(again(), workers)).getMessage();
    assertTrue(message.startsWith(path + ": has no sound checkpoint to go on from: "), message);
    String wayOut =
        "; nothing was changed. With --from "
            + path
            + " a new run starts from the weights of its model";
    assertTrue(message.endsWith(wayOut), message);
    Files.delete(path.resolve("unet/diffusion_pytorch_model.safetensors"));
    assertTrue(
        assertThrows(IOException.class, () -> TrainingRun.resume(again(), workers))
            .getMessage()
            .endsWith("; nothing was changed. Another --out begins anew"));
  }
}
