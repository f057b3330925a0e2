package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetConfigFile;
import haze.diffusion.process.Prediction;
import haze.nn.ParameterVector;
import haze.nn.Weights;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Layout;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuningTest {
  private static final int COUNT = 12;
  private static final SchedulerConfig SCHEDULER =
      PipelineGolden.SHORT.withZeroTerminalSnr(true).withPrediction(Prediction.V);

  @TempDir Path directory;

  private final Workers workers = new Workers(1);

  @AfterEach
  void close() {
    workers.close();
  }

  /// A network of diffusers as a pipeline.
  private Path golden(String name) throws IOException {
    Path network = PipelineGolden.path("../unet-switches/" + name);
    UNet unet = new UNet(UNetConfigFile.read(network.resolve("config.json")));
    Weights.load(unet.parameters(), network.resolve("diffusion_pytorch_model.safetensors"));
    Path path = directory.resolve(name);
    new Pipeline(unet, SCHEDULER).save(path);
    return path;
  }

  private TrainingRequest from(Path start, int channels, int... labels) {
    float[] pixels = new Rng(1, 2, 3, 4).uniform(Tensor.zeros(COUNT * 64 * channels)).toArray();
    return TrainingRequest.of(directory.resolve("run"))
        .data(ImageDataset.of(pixels, Shape.of(8, 8, channels), labels))
        .preset(Preset.TINY)
        .steps(2)
        .with(Settings.SAMPLE_EVERY, 0)
        .with(Settings.FROM, start.toString());
  }

  private static float[] weights(UNet unet) {
    return new ParameterVector(unet).values();
  }

  @Test
  void theLossBeforeTheFirstStepIsThatOfTheModel() throws Exception {
    Path start = golden("skip-blocks");
    TrainingRun run = TrainingRun.begin(from(start, 3), workers);
    assertEquals(List.of(), run.fresh());
    UNet unet = run.pipeline().unet();
    Path recorded = PipelineGolden.path("../unet-switches/skip-blocks/io.safetensors");
    try (SafetensorsFile io = SafetensorsFile.open(recorded);
        Tape tape = Tape.off(new BufferPool())) {
      float[] timesteps = {io.longs("timesteps")[0], io.longs("timesteps")[1]};
      Variable output = unet.forward(tape, nhwc(tape, io, "sample"), timesteps);
      Variable loss = MeanSquaredError.apply(tape, output, nhwc(tape, io, "target"));
      assertEquals(io.tensor("loss").get(0), loss.value().toArray()[0], 1e-6);
    }
    assertTrue(
        RunDescription.lines(run.directory().path()).contains("from        " + start),
        RunDescription.lines(run.directory().path()).toString());
    // The scheduler is the model's too.
    assertEquals(SCHEDULER, Pipeline.load(directory.resolve("run")).scheduler());
    assertEquals(
        step(run), step(TrainingRun.begin(from(start, 3).directory(file("again")), workers)));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private static double step(TrainingRun run) throws Exception {
    return run.step().loss();
  }

  private static Variable nhwc(Tape tape, SafetensorsFile io, String name) throws IOException {
    return tape.constant(Layout.permute(Allocator.HEAP, io.tensor(name), 0, 2, 3, 1));
  }

  @Test
  void otherChannelsOfImagesHaveFreshWeightsAtTheEndsAlone() throws Exception {
    Path start = golden("scale-shift");
    TrainingRun run = TrainingRun.begin(from(start, 3), workers);
    assertEquals(List.of("conv_in.weight", "conv_out.weight", "conv_out.bias"), run.fresh());
    var own = run.pipeline().unet().parameters();
    Pipeline.load(start)
        .unet()
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (!run.fresh().contains(name)) {
                assertArrayEquals(
                    parameter.value().toArray(), own.get(name).value().toArray(), name);
              }
            });
    run.run(TrainingListener.NONE);
  }

  @Test
  void aModelWithoutClassesLearnsThem() throws Exception {
    int[] labels = new int[COUNT];
    labels[3] = 1;
    TrainingRun run =
        TrainingRun.begin(from(golden("skip-blocks"), 3, labels).conditional(), workers);
    assertEquals(List.of("class_embedding.weight"), run.fresh());
    run.run(TrainingListener.NONE);
    TrainingRequest without = from(directory.resolve("run"), 3).directory(file("other"));
    assertEquals(
        "from is " + file("run") + ", which is conditioned on 2 classes: expected --conditional",
        assertThrows(RequestException.class, () -> TrainingRun.begin(without, workers))
            .getMessage());
  }

  @Test
  void theNetworkIsThatOfTheModel() throws Exception {
    TrainingRequest request = from(golden("skip-blocks"), 3).with(Settings.CHANNELS, "8,16");
    assertEquals(
        "channels does not go with --from, whose network is trained",
        assertThrows(RequestException.class, () -> TrainingRun.begin(request, workers))
            .getMessage());
  }

  @Test
  void aRunThatIsCutOffBeforeItsFirstCheckpointStartsFromTheSameWeights() throws Exception {
    TrainingRequest request = from(golden("skip-blocks"), 3).with(Settings.DROPOUT, 0.1);
    TrainingRun begun = TrainingRun.begin(request, workers);
    begun.close();
    TrainingRun resumed =
        TrainingRun.resume(
            TrainingRequest.of(request.directory()).data(request.images().orElseThrow()), workers);
    assertEquals(0, resumed.completed());
    assertArrayEquals(weights(begun.pipeline().unet()), weights(resumed.pipeline().unet()));
    assertEquals(step(begun), step(resumed));
  }
}
