package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NearnessTest {
  private static final int TRAINING = 600;
  private static final ImageDataset IMAGES = BarsFixture.dataset(TRAINING + 100);
  private static final ImageRange LEARNED = new ImageRange(IMAGES, 0, TRAINING);

  private static Tensor images(int from, int count) {
    return IMAGES.images(
        new ImageRange(IMAGES, from, count).indices(0, count), Tensor.zeros(count, 8, 8, 1));
  }

  private static Nearness nearness(Tensor samples, int threads) {
    try (Workers workers = new Workers(threads)) {
      return Nearness.of(samples, images(TRAINING, 60), LEARNED, workers);
    }
  }

  /// The formula, image by image.
  private static double[] naive(Tensor images, int training) {
    double[] nearest = new double[images.dim(0)];
    for (int i = 0; i < nearest.length; i++) {
      nearest[i] = Double.POSITIVE_INFINITY;
      float[] x = images.at(i).toArray();
      for (int k = 0; k < training; k++) {
        float[] y = IMAGES.image(k).toArray();
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
          sum += (double) (x[j] - y[j]) * (x[j] - y[j]);
        }
        nearest[i] = Math.min(nearest[i], sum);
      }
    }
    return nearest;
  }

  @Test
  void theNearestImageIsThatOfAllPairs() {
    Tensor new60 = images(TRAINING, 60);
    try (Workers workers = new Workers(3)) {
      assertArrayEquals(naive(new60, TRAINING), Nearness.nearest(new60, LEARNED, workers), 1e-4);
      assertArrayEquals(new double[40], Nearness.nearest(images(500, 40), LEARNED, workers), 1e-4);
    }
  }

  @Test
  void anImageHasTheSameDistanceWhateverItIsMeasuredWith() {
    Tensor new70 = images(TRAINING, 70);
    try (Workers workers = new Workers(2)) {
      double[] together = Nearness.nearest(new70, LEARNED, workers);
      double[] first = Nearness.nearest(new70.slice(0, 11), LEARNED, workers);
      double[] others = Nearness.nearest(new70.slice(11, 59), LEARNED, workers);
      assertArrayEquals(first, Arrays.copyOf(together, 11));
      assertArrayEquals(others, Arrays.copyOfRange(together, 11, 70));
    }
  }

  @Test
  void copiesAreNearerThanAllNewImagesAndNewImagesAreNot() {
    assertEquals(new Nearness(1, 40, 60, TRAINING), nearness(images(13, 40), 2));
    // As new as those that it is compared with, which are others.
    assertEquals(0.5, nearness(images(TRAINING + 60, 40), 2).share(), 0.15);
    assertEquals(0, nearness(Tensor.full(5, 3, 8, 8, 1), 1).share());
  }

  @Test
  void threadsChangeNothing() {
    var random = new Random(3);
    float[] pixels = new float[50 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    Tensor samples = Tensor.of(Shape.of(50, 8, 8, 1), pixels);
    assertEquals(nearness(samples, 1), nearness(samples, 3));
  }

  @Test
  void theShareCountsPairsAndTiesHalf() {
    // (1,2) (1,3) (1,3) (3,2)no (3,3)half (3,3)half
    assertEquals(4.0 / 6, Nearness.share(new double[] {1, 3}, new double[] {3, 2, 3}), 1e-15);
    assertEquals(0.5, Nearness.share(new double[] {0, 0}, new double[] {0}), 1e-15);
  }

  @Test
  void evenlySpacedSamplesAreKeptFromWhateverBatches() {
    var data =
        new FrechetData(
            "bars",
            new RealImages("new", new ImageRange(IMAGES, TRAINING, 100)),
            Optional.of(new RealImages("learned", LEARNED)),
            LEARNED,
            new ImageRange(IMAGES, TRAINING, 100));
    try (Workers workers = new Workers(2)) {
      KeptSamples all = new KeptSamples(90, Shape.of(8, 8, 1));
      all.add(images(0, 90), 0);
      KeptSamples batches = new KeptSamples(90, Shape.of(8, 8, 1));
      batches.add(images(0, 32), 0);
      batches.add(images(32, 58), 32);
      Nearness copies = all.nearness(data, workers).orElseThrow();
      assertEquals(new Nearness(1, 90, 90, TRAINING), copies);
      assertEquals(copies, batches.nearness(data, workers).orElseThrow());
      assertEquals(
          Optional.empty(), all.nearness(FrechetData.of("bars", BarsFixture.dataset(70)), workers));
    }
  }
}
