package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.RequestException;
import haze.nn.ParameterVector;
import haze.nn.optim.EmaProfile;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmaSnapshotsTest {
  private static final int STEPS = 20;
  private static final double MOST = EmaSnapshots.MOST_DISTANCE;

  @TempDir Path directory;

  private TrainingRequest request(String name) {
    return TrainingRequest.of(directory.resolve(name))
        .preset(Preset.TINY)
        .steps(STEPS)
        .batch(2)
        .with(Settings.SAMPLE_EVERY, 0)
        .with(Settings.CHECKPOINT_EVERY, 7)
        .with(Settings.EMA_SNAPSHOTS, 2);
  }

  private RunDirectory run(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private static float[] weights(EmaSnapshots.Average average) {
    return new ParameterVector(average.model().unet()).values();
  }

  /// The weights of all steps, averaged by the definition.
  @Test
  void anyLengthIsMadeOfTheSnapshotsOfARun() throws Exception {
    List<float[]> steps = new ArrayList<>();
    try (Workers workers = new Workers(2);
        TrainingRun run =
            TrainingRun.begin(request("run").with(Settings.EMA_SNAPSHOTS, 1), workers)) {
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void stepped(Trainer.Step step) {
              steps.add(run.state().get("weights").clone());
            }
          };
      run.run(listener);
      assertTrue(run.state().keySet().containsAll(List.of("ema", "ema_0.05", "ema_0.1")));
    }
    for (int end : new int[] {STEPS, 12}) {
      EmaSnapshots.Average average =
          EmaSnapshots.average(
              run("run"), 0.12, end == STEPS ? OptionalInt.empty() : OptionalInt.of(end), MOST);
      assertEquals(end, average.step());
      assertEquals(end, average.snapshots());
      float[] actual = weights(average);
      double power = EmaProfile.exponent(0.12) + 1;
      float[] tenth = weights(EmaSnapshots.average(run("run"), 0.10, OptionalInt.of(end), MOST));
      double largest = 0;
      double other = 0;
      double size = 0;
      for (int i = 0; i < actual.length; i++) {
        double sum = 0;
        for (int k = 1; k <= end; k++) {
          double weight =
              Math.pow((double) k / end, power) - Math.pow((double) (k - 1) / end, power);
          sum += weight * steps.get(k - 1)[i];
        }
        largest = Math.max(largest, Math.abs(sum - actual[i]));
        other = Math.max(other, Math.abs(sum - tenth[i]));
        size = Math.max(size, Math.abs(sum));
      }
      // Within a thousandth of the largest weight, from twenty or twelve snapshots; the average of
      // length 0.10 is farther.
      assertTrue(largest < 1e-3 * size, largest + " of " + size);
      assertTrue(largest < other / 4, largest + " and " + other);
      assertTrue(average.distance() < 0.02, () -> "distance " + average.distance());
    }
  }

  @Test
  void aResumedRunHasTheSnapshotsOfTheUndisturbedOne() throws Exception {
    try (Workers workers = new Workers(2)) {
      TrainingRun.begin(request("whole"), workers).run(TrainingListener.NONE);
      try (TrainingRun part = TrainingRun.begin(request("parts"), workers)) {
        part.run(TrainingListener.NONE, () -> part.completed() == 9);
      }
      TrainingRun.resume(TrainingRequest.of(directory.resolve("parts")), workers)
          .run(TrainingListener.NONE);
    }
    assertArrayEquals(
        weights(EmaSnapshots.average(run("whole"), 0.15, OptionalInt.empty(), MOST)),
        weights(EmaSnapshots.average(run("parts"), 0.15, OptionalInt.empty(), MOST)));
  }

  @Test
  void trainingDoesNotNotice() throws Exception {
    try (Workers workers = new Workers(1)) {
      TrainingRun with = TrainingRun.begin(request("with").steps(4), workers);
      TrainingRun without =
          TrainingRun.begin(request("without").steps(4).with(Settings.EMA_SNAPSHOTS, 0), workers);
      with.run(TrainingListener.NONE);
      without.run(TrainingListener.NONE);
      without
          .state()
          .forEach((name, values) -> assertArrayEquals(values, with.state().get(name), name));
      assertFalse(Files.exists(run("without").emaSnapshots()));
    }
  }

  @Test
  void whatCannotBeAveragedIsRefused() throws Exception {
    try (Workers workers = new Workers(1)) {
      TrainingRun.begin(request("run").steps(4), workers).run(TrainingListener.NONE);
      TrainingRun.begin(request("none").steps(1).with(Settings.EMA_SNAPSHOTS, 0), workers);
    }
    assertEquals(
        "length is 0.3, expected 0.001 to 0.28",
        assertThrows(
                RequestException.class,
                () -> EmaSnapshots.average(run("run"), 0.3, OptionalInt.empty(), MOST))
            .getMessage());
    for (int step : new int[] {1, 5}) {
      assertEquals(
          "step is "
              + step
              + ", but the snapshots of "
              + run("run").path()
              + " are of steps 2 to 4",
          assertThrows(
                  RequestException.class,
                  () -> EmaSnapshots.average(run("run"), 0.1, OptionalInt.of(step), MOST))
              .getMessage());
    }
    assertEquals(
        run("none").path()
            + ": has no snapshots of averages: haze train --ema-snapshots N keeps them",
        assertThrows(
                BadFileException.class,
                () -> EmaSnapshots.average(run("none"), 0.1, OptionalInt.empty(), MOST))
            .getMessage());
    Path file = run("run").emaSnapshots().resolve("step-000002.safetensors");
    SafetensorsFile.write(
        file, Map.of(), Map.of("ema_0.05", Tensor.zeros(3), "ema_0.1", Tensor.zeros(3)));
    assertTrue(
        assertThrows(
                TensorFileException.class,
                () -> EmaSnapshots.average(run("run"), 0.1, OptionalInt.empty(), MOST))
            .getMessage()
            .contains("has averages of shape [3], expected 44969 numbers"));
    Files.delete(file);
    assertEquals(1, EmaSnapshots.average(run("run"), 0.1, OptionalInt.empty(), MOST).snapshots());
    Files.write(run("run").emaSnapshots().resolve("step-000004.safetensors"), new byte[100]);
    assertThrows(
        IOException.class, () -> EmaSnapshots.average(run("run"), 0.1, OptionalInt.empty(), MOST));
  }
}
