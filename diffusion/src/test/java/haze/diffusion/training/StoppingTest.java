package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run is stopped wherever it may be, and goes on to the same files.
class StoppingTest {
  private static final int STEPS = 6;
  private static final int SAMPLE_EVERY = 3;
  private static final int SIZE = 8;
  private static final int COUNT = 20;
  private static final String LAST_STATE = "training/checkpoints/step-000006/state.safetensors";
  private static final String FIRST_GRID = "samples/step-000003.png";
  private static final String LAST_GRID = "samples/step-000006.png";

  @TempDir Path directory;

  private final ImageDataset images =
      ImageDataset.of(
          new Rng(1, 2, 3, 4).uniform(Tensor.zeros(COUNT, SIZE, SIZE, 1)).toArray(),
          Shape.of(SIZE, SIZE, 1));

  @BeforeEach
  void aRunThatIsNotStopped() throws Exception {
    try (Workers workers = new Workers(2);
        TrainingRun run = begin("whole", workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
  }

  @Test
  void inWarmUpAfterAnyOfItsPasses() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (Workers workers = new Workers(2);
        TrainingRun run = begin("stopped", workers)) {
      assertFalse(run.run(TrainingListener.NONE, () -> asked.incrementAndGet() > 2));
      assertEquals(0, run.completed());
    }
    // Two passes, then the refused third, then the loop's own question.
    assertEquals(4, asked.get());
    assertGoesOn();
  }

  @Test
  void inTheSamplesOnTheWayWhichTheResumedRunMakes() throws Exception {
    stopAtSamplerStep(7, SAMPLE_EVERY);
    assertFalse(Files.exists(directory.resolve("stopped").resolve(FIRST_GRID)));
    assertGoesOn();
  }

  @Test
  void inTheLastSamplesWhichTheResumedRunMakes() throws Exception {
    stopAtSamplerStep(7, STEPS);
    assertFalse(Files.exists(directory.resolve("stopped").resolve(LAST_GRID)));
    assertGoesOn();
  }

  @Test
  void afterTheLastStepOfTheSamplerItIsFinished() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Workers workers = new Workers(2);
        TrainingRun run = begin("stopped", workers)) {
      var listener =
          new TrainingListener() {
            @Override
            public void sampling(int done, int total) {
              stop.set(run.completed() == STEPS && done == total);
            }
          };
      assertTrue(run.run(listener, stop::get));
    }
    assertSameFiles();
  }

  @Test
  void anotherCancellationIsNoStop() throws Exception {
    try (Workers workers = new Workers(2);
        TrainingRun run = begin("stopped", workers)) {
      var listener =
          new TrainingListener() {
            @Override
            public void sampling(int done, int total) {
              throw new CancellationException("of the listener's own");
            }
          };
      assertEquals(
          "of the listener's own",
          assertThrows(CancellationException.class, () -> run.run(listener, () -> false))
              .getMessage());
    }
    assertGoesOn();
  }

  private void stopAtSamplerStep(int samplerStep, int step) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Workers workers = new Workers(2);
        TrainingRun run = begin("stopped", workers)) {
      AtomicInteger most = new AtomicInteger();
      var listener =
          new TrainingListener() {
            @Override
            public void sampling(int done, int total) {
              if (run.completed() == step) {
                most.set(done);
                stop.set(done >= samplerStep);
              }
            }
          };
      assertFalse(run.run(listener, stop::get));
      assertEquals(step, run.completed());
      assertEquals(samplerStep, most.get());
    }
  }

  private void assertGoesOn() throws Exception {
    try (Workers workers = new Workers(1);
        TrainingRun run =
            TrainingRun.resume(
                TrainingRequest.of(directory.resolve("stopped")).data(images), workers)) {
      BooleanSupplier never = () -> false;
      assertTrue(run.run(TrainingListener.NONE, never));
    }
    assertSameFiles();
  }

  private void assertSameFiles() throws IOException {
    for (String file : List.of(LAST_STATE, FIRST_GRID, LAST_GRID)) {
      assertArrayEquals(
          Files.readAllBytes(directory.resolve("whole").resolve(file)),
          Files.readAllBytes(directory.resolve("stopped").resolve(file)),
          file);
    }
    assertEquals(metrics("whole"), metrics("stopped"));
  }

  /// The metrics without the column of times.
  private List<String> metrics(String name) throws IOException {
    return Files.readAllLines(directory.resolve(name).resolve("metrics.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  private TrainingRun begin(String name, Workers workers) throws IOException {
    return TrainingRun.begin(
        TrainingRequest.of(directory.resolve(name))
            .preset(Preset.TINY)
            .data(images)
            .steps(STEPS)
            .with(Settings.SAMPLE_EVERY, SAMPLE_EVERY),
        workers);
  }
}
