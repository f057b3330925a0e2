package own;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.training.TrainingException;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Images that a program has in its memory: a model is trained on them and sampled, and the same
/// samples come from the model that the run has saved.
final class TrainOwnArrays {
  private static final int SIZE = 8;
  private static final int COUNT = 64;

  private TrainOwnArrays() {}

  public static void main(String[] args) throws IOException, TrainingException {
    Path directory = Files.createTempDirectory("own-arrays");
    float[] pixels = bars();
    int[] labels = new int[COUNT];
    Arrays.setAll(labels, image -> image % 2);

    Path run = directory.resolve("run");
    try (var workers = new Workers(2)) {
      ImageDataset images = ImageDataset.of(pixels, Shape.of(SIZE, SIZE, 1), labels);
      var training = TrainingRequest.of(run).data(images).conditional().steps(20);
      TrainingRun.begin(training, workers).run(new TrainingListener() {});

      Pipeline model = Pipeline.load(run);
      var request = SampleRequest.of(16).sampler(SamplerKind.DDIM).steps(50);
      Tensor samples = model.sample(request.classes(0, 1).guidance(2).seed(7), workers);
      ImageGrid.write(samples, directory.resolve("samples.png"));

      Tensor again = model.sample(request.classes(0, 1).guidance(2).seed(7));
      if (!Arrays.equals(samples.toArray(), again.toArray())) {
        throw new AssertionError("all processors make other samples than two threads");
      }
      System.out.println("samples " + samples.shape() + " in " + directory);
    }
  }

  /// `[n, h, w, c]` in [-1, 1]: a bright row, class 0, or a bright column, class 1, on black.
  private static float[] bars() {
    float[] pixels = new float[COUNT * SIZE * SIZE];
    Arrays.fill(pixels, -1);
    for (int image = 0; image < COUNT; image++) {
      int at = image / 2 % SIZE;
      for (int i = 0; i < SIZE; i++) {
        int pixel = image % 2 == 0 ? at * SIZE + i : i * SIZE + at;
        pixels[image * SIZE * SIZE + pixel] = 1;
      }
    }
    return pixels;
  }
}
