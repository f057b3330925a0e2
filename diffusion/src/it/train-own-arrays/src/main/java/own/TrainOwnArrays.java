package own;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Images that a program has in its memory: a data set of them, a model, samples, and the same
/// samples from the model that was saved and loaded again.
final class TrainOwnArrays {
  private static final int SIZE = 8;
  private static final int COUNT = 64;

  private TrainOwnArrays() {}

  public static void main(String[] args) throws IOException {
    ImageDataset images = ImageDataset.of(bars(), Shape.of(SIZE, SIZE, 1));
    System.out.println(images);

    UNetConfig network = UNetConfig.builder(SIZE, 1).channels(8, 16).groups(4).build();
    Pipeline model = new Pipeline(new UNet(network), SchedulerConfig.DDPM.withTimesteps(20));
    SampleRequest request = SampleRequest.of(4).steps(10).seed(7);
    Tensor samples = model.sample(request);

    Path directory = Files.createTempDirectory("own-arrays").resolve("model");
    model.save(directory);
    Tensor again = Pipeline.load(directory).sample(request);
    if (!Arrays.equals(samples.toArray(), again.toArray())) {
      throw new AssertionError("the loaded model makes other samples");
    }
    System.out.println("samples " + samples.shape() + ", the same from " + directory);
  }

  /// `[n, h, w, c]` in [-1, 1]: a bright row or a bright column on black.
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
