package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.PixelScale;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.sampler.ProgressListener;
import haze.nn.ParameterVector;
import haze.nn.unet.UNetConfig;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training on images from the memory of a program; what README.md shows is from here.
class OwnImagesTest {
  private static final Shape IMAGE = Shape.of(8, 8, 1);
  private static final int COUNT = 40;

  @TempDir Path directory;

  /// Levels of a pale square at a random place, darker for every second image.
  private static byte[] levels() {
    byte[] levels = new byte[COUNT * IMAGE.size()];
    for (int i = 0; i < COUNT; i++) {
      Rng rng = new Rng(1, 0, 0, i);
      int top = rng.below(0, 5);
      int left = rng.below(1, 5);
      for (int k = 0; k < 16; k++) {
        int pixel = (top + k / 4) * 8 + left + k % 4;
        levels[i * IMAGE.size() + pixel] = (byte) (i % 2 == 0 ? 200 : 100);
      }
    }
    return levels;
  }

  private static float[] values() {
    byte[] levels = levels();
    float[] values = new float[levels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = PixelScale.value(Byte.toUnsignedInt(levels[i]));
    }
    return values;
  }

  private static int[] kinds() {
    int[] kinds = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      kinds[i] = i % 2;
    }
    return kinds;
  }

  @Test
  void aModelIsTrainedAndSampled() throws Exception {
    float[] pixels = values();
    int[] labels = kinds();
    Path path = directory.resolve("squares");
    // @start region="train"
    ImageDataset images = ImageDataset.of(pixels, Shape.of(8, 8, 1), labels); // -1 to 1
    try (Workers workers = new Workers(2)) {
      TrainingRequest request =
          TrainingRequest.of(path)
              .data(images)
              .network(UNetConfig.builder(8, 1).layers(1).channels(8, 16).build())
              .conditional()
              .steps(6)
              .batch(8);
      Pipeline model;
      try (TrainingRun run = TrainingRun.begin(request, workers)) {
        run.run(TrainingListener.NONE);
        model = run.pipeline();
      }
      Tensor samples = model.sample(SampleRequest.of(4).steps(10).classes(0, 1).seed(7), workers);
      // @end
      assertEquals(Shape.of(4, 8, 8, 1), samples.shape());
      assertArrayEquals(
          samples.toArray(),
          Pipeline.load(path)
              .sample(SampleRequest.of(4).steps(10).classes(0, 1).seed(7), workers)
              .toArray());
    }
    assertEquals(3, Pipeline.describe(path).unet().numClassEmbeds().orElse(0));
    String config = Files.readString(path.resolve("training/config.json"));
    assertTrue(config.contains("\"data\": \"memory: 40 images [8, 8, 1] of 2 classes\""), config);
  }

  private TrainingRequest request(String name) {
    return TrainingRequest.of(directory.resolve(name))
        .preset(Preset.TINY)
        .data(ImageDataset.of(values(), IMAGE, kinds()))
        .steps(8)
        .with(Settings.CHECKPOINT_EVERY, 3)
        .with(Settings.SAMPLE_EVERY, 4);
  }

  private static float[] weights(TrainingRun run) {
    return new ParameterVector(run.pipeline().unet()).values();
  }

  @Test
  void stepByStepTheWeightsAreThoseOfOneCall() throws Exception {
    try (Workers workers = new Workers(2)) {
      TrainingRun whole = TrainingRun.begin(request("whole"), workers);
      whole.run(TrainingListener.NONE);
      TrainingRequest request = request("steps");
      // @start region="steps"
      TrainingRun run = TrainingRun.begin(request, workers);
      while (run.completed() < run.steps()) {
        Trainer.Step step = run.step();
        if (step.step() % 4 == 0) {
          run.checkpoint();
        }
      }
      // @end
      assertArrayEquals(weights(whole), weights(run));
      for (String file :
          List.of(
              "training/checkpoints/step-000008/state.safetensors",
              "unet/diffusion_pytorch_model.safetensors",
              "training/config.json")) {
        assertArrayEquals(
            Files.readAllBytes(directory.resolve("whole").resolve(file)),
            Files.readAllBytes(directory.resolve("steps").resolve(file)),
            file);
      }
      assertEquals(8, Metrics.read(run.directory()).steps().length);
      assertEquals(8, run.directory().checkpointStep().orElse(0));
    }
  }

  @Test
  void levelsFloatsAndATensorOfTheSameValuesTrainTheSameWeights() throws Exception {
    Tensor tensor = Tensor.of(IMAGE.batch(COUNT), values());
    try (Workers workers = new Workers(1)) {
      float[] expected = null;
      int i = 0;
      for (ImageDataset data :
          List.of(
              ImageDataset.of(values(), IMAGE, kinds()),
              ImageDataset.ofLevels(levels(), IMAGE, kinds()),
              ImageDataset.of(tensor, kinds()))) {
        TrainingRun run = TrainingRun.begin(request("run" + i++).data(data).conditional(), workers);
        run.step();
        run.step();
        expected = expected == null ? weights(run) : expected;
        assertArrayEquals(expected, weights(run));
      }
    }
  }

  @Test
  void theModelOfARunIsACopyWhichFurtherStepsLeaveAsItIs() throws Exception {
    try (Workers workers = new Workers(1)) {
      TrainingRun run = TrainingRun.begin(request("run"), workers);
      run.step();
      float[] early = new ParameterVector(run.pipeline().unet()).values();
      float[] before = early.clone();
      run.step();
      assertArrayEquals(before, early);
      assertFalse(Arrays.equals(before, weights(run)));
    }
  }

  @Test
  void aListenerHearsOfStepsSamplingAndFiles() throws Exception {
    List<String> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer.Step step) {
            heard.add("step " + step.step());
          }

          @Override
          public void sampling(int done, int total) {
            if (done == total) {
              heard.add("sampled in " + total);
            }
          }

          @Override
          public void sampled(Path file) {
            heard.add(file.getFileName().toString());
          }
        };
    try (Workers workers = new Workers(2)) {
      TrainingRun run = TrainingRun.begin(request("run"), workers);
      assertFalse(run.run(listener, () -> run.completed() == 5));
      assertTrue(run.run(listener, () -> false));
    }
    assertEquals(
        List.of(
            "step 1",
            "step 2",
            "step 3",
            "step 4",
            "sampled in 20",
            "step-000004.png",
            "step 5",
            "step 6",
            "step 7",
            "step 8",
            "sampled in 20",
            "step-000008.png"),
        heard);
  }

  @Test
  void aRunOnImagesInMemoryIsResumedWithThemOnly() throws Exception {
    Path path = directory.resolve("run");
    try (Workers workers = new Workers(1)) {
      TrainingRun whole = TrainingRun.begin(request("whole"), workers);
      whole.run(TrainingListener.NONE);
      TrainingRun begun = TrainingRun.begin(request("run"), workers);
      begun.run(TrainingListener.NONE, () -> begun.completed() == 3);
      begun.close();
      assertRefused(
          "learns from images in memory (memory: 40 images [8, 8, 1] of 2 classes): only a program"
              + " that has them can go on with it",
          TrainingRequest.of(path),
          workers);
      assertRefused(
          "learns from memory: 40 images [8, 8, 1] of 2 classes, given memory: 40 images [8, 8, 1]",
          TrainingRequest.of(path).data(ImageDataset.of(values(), IMAGE)),
          workers);
      ImageDataset images = ImageDataset.of(values(), IMAGE, kinds());
      TrainingRun resumed = TrainingRun.resume(TrainingRequest.of(path).data(images), workers);
      assertEquals(3, resumed.completed());
      resumed.run(TrainingListener.NONE);
      assertArrayEquals(weights(whole), weights(resumed));
    }
  }

  @Test
  void imagesThatAreNotSquareStayAsTheyAre() throws Exception {
    Shape wide = Shape.of(4, 8, 1);
    ImageDataset images = ImageDataset.of(values(), wide);
    TrainingRequest request =
        TrainingRequest.of(directory.resolve("wide")).preset(Preset.TINY).data(images).steps(2);
    try (Workers workers = new Workers(1)) {
      try (TrainingRun run = TrainingRun.begin(request, workers)) {
        run.run(TrainingListener.NONE);
      }
      TrainingRun.resume(TrainingRequest.of(request.directory()).data(images).steps(3), workers)
          .run(TrainingListener.NONE);
      Pipeline pipeline = Pipeline.load(request.directory());
      assertEquals(wide, pipeline.unet().config().imageShape());
      assertEquals(
          Shape.of(2, 4, 8, 1), pipeline.sample(SampleRequest.of(2).steps(3), workers).shape());
      new BoundEvaluation(pipeline)
          .run(BoundRequest.of(images).images(2).timesteps(2), workers, ProgressListener.NONE);
    }
  }

  @Test
  void dropoutGivesTheSameWeightsForAnyNumberOfThreadsAndWhenResumed() throws Exception {
    List<float[]> trained = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      TrainingRequest request = request("drop" + threads).with(Settings.DROPOUT, 0.2);
      try (Workers workers = new Workers(threads)) {
        TrainingRun run = TrainingRun.begin(request.steps(4), workers);
        int stop = threads;
        run.run(TrainingListener.NONE, () -> run.completed() == stop);
        run.close();
        TrainingRun resumed =
            TrainingRun.resume(
                TrainingRequest.of(request.directory())
                    .data(ImageDataset.of(values(), IMAGE, kinds())),
                workers);
        resumed.run(TrainingListener.NONE);
        trained.add(weights(resumed));
      }
    }
    assertArrayEquals(trained.get(0), trained.get(1));
    try (Workers workers = new Workers(1)) {
      TrainingRun without = TrainingRun.begin(request("without").steps(4), workers);
      without.run(TrainingListener.NONE);
      assertFalse(Arrays.equals(weights(without), trained.get(0)));
    }
  }

  private static void assertRefused(String problem, TrainingRequest request, Workers workers) {
    assertEquals(
        request.directory() + ": " + problem,
        assertThrows(IOException.class, () -> TrainingRun.resume(request, workers)).getMessage());
  }

  @Test
  void imagesThatDoNotFitTheNetworkAreRefused() {
    TrainingRequest request =
        request("run").data(ImageDataset.of(new float[18 * 3], Shape.of(3, 6, 3)));
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "training: images of 6 x 3 cannot be halved 1 time, the nearest sizes that can: 6 x 2,"
              + " 6 x 4",
          assertThrows(IllegalArgumentException.class, () -> TrainingRun.begin(request, workers))
              .getMessage());
      assertEquals(
          "training: memory: 40 images [8, 8, 1] has no labels to learn classes from, expected"
              + " labels: --labels names a file of them, and --clusters N does without",
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      TrainingRun.begin(
                          request("run").conditional().data(ImageDataset.of(values(), IMAGE)),
                          workers))
              .getMessage());
    }
    assertFalse(Files.exists(directory.resolve("run")));
  }
}
