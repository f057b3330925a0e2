package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.StepEngine;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SparkEngineTest {
  private JavaSparkContext context;

  @TempDir Path directory;

  @BeforeAll
  void start() {
    context =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("spark engine test")
                .set("spark.driver.host", "localhost")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  void stop() {
    context.stop();
  }

  private TrainingRequest tiny(String name) {
    return TrainingRequest.of(directory.resolve(name))
        .preset(Preset.TINY)
        .batch(8)
        .steps(4)
        .with(Settings.SHARD, 2)
        .with(Settings.CHECKPOINT_EVERY, 2)
        .with(Settings.NO_SAMPLES, true);
  }

  private byte[] trained(TrainingRequest request, StepEngine engine) throws Exception {
    try (Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request.engine(engine), workers)) {
      assertTrue(run.run(new TrainingListener() {}, () -> false));
    }
    return Files.readAllBytes(
        request.directory().resolve("training/checkpoints/step-000004/state.safetensors"));
  }

  @Test
  void weightsAreThoseOfOneMachine() throws Exception {
    Path runs = directory;
    JavaSparkContext spark = context;
    // @start region="train"
    TrainingRequest request =
        TrainingRequest.of(runs.resolve("spark")).preset(Preset.TINY).steps(4).batch(8);
    // @end
    request =
        request
            .with(Settings.SHARD, 2)
            .with(Settings.CHECKPOINT_EVERY, 2)
            .with(Settings.NO_SAMPLES, true);
    // @start region="train"
    try (StepEngine engine = SparkEngine.of(spark, 2); // two tasks
        Workers workers = new Workers(1); // of the driver, for samples
        TrainingRun run = TrainingRun.begin(request.engine(engine), workers)) {
      run.run(new TrainingListener() {});
    }
    // @end
    assertArrayEquals(
        trained(tiny("here"), StepEngine.HERE),
        Files.readAllBytes(
            runs.resolve("spark/training/checkpoints/step-000004/state.safetensors")));
    assertFalse(context.sc().isStopped());
  }

  @Test
  void imagesOfAProgramGoToTheTasks() throws Exception {
    int[] labels = new int[20];
    labels[3] = 2;
    ImageDataset images = ImageDataset.of(waves(), Shape.of(8, 8, 1), labels);
    byte[] expected = trained(tiny("here").data(images), StepEngine.HERE);
    try (StepEngine engine = SparkEngine.of(context, 2)) {
      assertArrayEquals(expected, trained(tiny("there").data(images), engine));
    }
  }

  @Test
  void clustersGoToTheTasks() throws Exception {
    ImageDataset images = ImageDataset.of(waves(), Shape.of(8, 8, 1));
    byte[] expected =
        trained(tiny("here").data(images).with(Settings.CLUSTERS, 3), StepEngine.HERE);
    try (StepEngine engine = SparkEngine.of(context, 2)) {
      TrainingRequest there = tiny("there").data(images).with(Settings.CLUSTERS, 3);
      assertArrayEquals(expected, trained(there, engine));
    }
  }

  private static float[] waves() {
    float[] pixels = new float[20 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(i);
    }
    return pixels;
  }

  @Test
  void spareTasksAreRefusedBeforeAnythingIsWritten() {
    try (StepEngine engine = SparkEngine.of(context, 5)) {
      RequestException refusal =
          assertThrows(RequestException.class, () -> trained(tiny("many"), engine));
      assertEquals(
          "executors is 5, but a batch has 4 shards, expected at most one executor a shard; a"
              + " smaller --shard makes more of them, and other weights",
          refusal.getMessage());
    }
    assertFalse(Files.exists(directory.resolve("many")));
  }

  @Test
  void aMicroBatchWouldSaveNothingThere() {
    try (StepEngine engine = SparkEngine.of(context, 2)) {
      TrainingRequest cut = tiny("cut").with(Settings.MICRO_BATCH, 2);
      RequestException refusal = assertThrows(RequestException.class, () -> trained(cut, engine));
      assertEquals(
          "micro-batch is for one machine: with --spark a task holds the gradients of all its"
              + " shards; --micro-batch 0 goes on without",
          refusal.getMessage());
    }
    assertFalse(Files.exists(directory.resolve("cut")));
  }

  /// Also if there is an empty directory here, which a copy would follow.
  @Test
  void aCopyOfAnotherRunOutlivesARefusal() throws Exception {
    Path copies = directory.resolve("copies");
    Path run = Files.createDirectories(directory.resolve("digits"));
    Path manifest = copies.resolve("digits/training/checkpoints/step-000000/manifest.json");
    Files.createDirectories(manifest.getParent());
    Files.writeString(manifest, "of another run");
    context.sc().conf().set(SparkEngine.COPIES, copies.toUri().toString());
    try (SparkEngine engine = SparkEngine.of(context, 2)) {
      assertThrows(IOException.class, () -> engine.prepare(run, false));
    } finally {
      context.sc().conf().remove(SparkEngine.COPIES);
    }
    assertEquals("of another run", Files.readString(manifest));
  }

  /// Spark itself would wait for ten minutes.
  @Test
  void moreTasksThanThereIsRoomForAreRefused() {
    try (StepEngine engine = SparkEngine.of(context, 3)) {
      IOException failure = assertThrows(IOException.class, () -> trained(tiny("room"), engine));
      assertTrue(
          failure
              .getMessage()
              .startsWith(
                  "spark: local[2] has room for 2 tasks of 1 thread at a time, expected 3; "),
          failure.getMessage());
    }
  }

  @Test
  void stepsAndBytesAreInSparksPages() throws Exception {
    Map<String, Object> counted = new ConcurrentHashMap<>();
    var listener =
        new SparkListener() {
          @Override
          public void onStageCompleted(SparkListenerStageCompleted event) {
            event
                .stageInfo()
                .accumulables()
                .foreachEntry(
                    (_, info) -> {
                      if (!info.internal()) {
                        counted.put(info.name().get(), info.value().get());
                      }
                      return null;
                    });
          }
        };
    context.sc().addSparkListener(listener);
    try (StepEngine engine = SparkEngine.of(context, 2)) {
      trained(tiny("counted"), engine);
    }
    for (int i = 0; i < 100 && counted.size() < 2; i++) {
      Thread.sleep(100);
    }
    context.sc().removeSparkListener(listener);
    assertEquals(4L, counted.get("training steps"));
    // A step: each task sends the other half of the gradients of its two shards, and its half of
    // the
    // weights.
    long weights =
        Files.size(directory.resolve("counted/unet/diffusion_pytorch_model.safetensors"));
    long bytes = (long) counted.get("bytes between tasks");
    assertEquals(3.0 * weights, bytes / 4.0, 0.25 * 3 * weights);
  }

  @Test
  void theEngineSaysWhereItComputes() {
    try (StepEngine engine = SparkEngine.of(context, 2)) {
      assertEquals(List.of("spark: 2 tasks of 1 thread on local[2]"), engine.notes());
    }
  }

  @Test
  void noTasksAreRefused() {
    assertThrows(RequestException.class, () -> SparkEngine.of(context, 0));
  }
}
