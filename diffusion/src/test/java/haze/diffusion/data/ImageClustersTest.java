package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import haze.nn.file.Disk;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageClustersTest {
  private static final Shape IMAGE = Shape.of(4, 4, 1);

  /// Three patterns, of which image i has one and a little noise: 6, 3 and 1 of ten.
  private static final int[] PATTERNS = {0, 0, 1, 0, 2, 0, 1, 0, 0, 1};

  private static ImageDataset patterns(int count) {
    Tensor images = Tensor.zeros(count, 4, 4, 1);
    for (int i = 0; i < count; i++) {
      Tensor image = images.at(i);
      float[] noise = new Rng(3, 1, 0, i).normal(Tensor.zeros(4, 4, 1)).toArray();
      for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 4; x++) {
          image.set((y == pattern(i) ? 0.8f : -0.8f) + 0.04f * noise[y * 4 + x], y, x, 0);
        }
      }
    }
    return ImageDataset.of(images);
  }

  private static int pattern(int image) {
    return PATTERNS[image % PATTERNS.length];
  }

  private static ImageClusters found(ImageDataset data, int most) {
    try (Workers workers = new Workers(2)) {
      return ImageClusters.of(data, most, 1, workers);
    }
  }

  @Test
  void imagesThatAreAlikeAreInOneCluster() {
    ImageDataset data = patterns(600);
    // @start region="clusters"
    ImageClusters clusters;
    ImageDataset labelled;
    try (Workers workers = new Workers(2)) {
      clusters = ImageClusters.of(data, 3, 1, workers);
      labelled = clusters.labelled(data, workers);
    }
    double share = clusters.share(labelled.label(0));
    // @end
    assertEquals(3, clusters.count());
    assertEquals(0.6, share, 1e-6);
    assertEquals(0.3, clusters.share(labelled.label(2)), 1e-6);
    assertEquals(0.1, clusters.share(labelled.label(4)), 1e-6);
    for (int i = 0; i < 600; i++) {
      assertEquals(
          labelled.label(pattern(i) == 0 ? 0 : pattern(i) == 1 ? 2 : 4), labelled.label(i));
    }
    // The mean of 360 images whose noise has a deviation of 0.04.
    Tensor centroid = clusters.centroids().at(labelled.label(0));
    assertEquals(0.8, centroid.get(0, 1, 0), 0.01);
    assertEquals(-0.8, centroid.get(1, 1, 0), 0.01);
  }

  /// Beside a plain loop over images, centroids and pixels: nobody is nearer to another centroid,
  /// and each centroid is the mean of its images.
  @Test
  void theClustersAreAFixedPointOfLloydsIteration() {
    Tensor images = new Rng(5, 1, 0, 0).uniform(Tensor.zeros(400, 5, 3, 1));
    ImageDataset data = ImageDataset.of(images);
    ImageClusters clusters = found(data, 4);
    double before = distortion(images, clusters.centroids());
    double[][] means = new double[4][15];
    int[] counts = new int[4];
    for (int i = 0; i < 400; i++) {
      int k = nearest(images.at(i).toArray(), clusters.centroids());
      counts[k]++;
      for (int j = 0; j < 15; j++) {
        means[k][j] += images.at(i).toArray()[j];
      }
    }
    Tensor moved = Tensor.zeros(4, 5, 3, 1);
    for (int k = 0; k < 4; k++) {
      assertEquals(counts[k] / 400.0, clusters.share(k), 1e-6);
      for (int j = 0; j < 15; j++) {
        moved.data()[k * 15 + j] = (float) (means[k][j] / counts[k]);
      }
    }
    double after = distortion(images, moved);
    assertTrue(after <= before && after > 0.98 * before, before + " before, " + after);
  }

  private static double distortion(Tensor images, Tensor centroids) {
    double sum = 0;
    for (int i = 0; i < images.dim(0); i++) {
      float[] image = images.at(i).toArray();
      sum += distance(image, centroids.at(nearest(image, centroids)).toArray());
    }
    return sum;
  }

  private static int nearest(float[] image, Tensor centroids) {
    int nearest = 0;
    for (int k = 1; k < centroids.dim(0); k++) {
      if (distance(image, centroids.at(k).toArray())
          < distance(image, centroids.at(nearest).toArray())) {
        nearest = k;
      }
    }
    return nearest;
  }

  private static double distance(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(j -> Math.pow(a[j] - b[j], 2)).sum();
  }

  @Test
  void theNumberOfThreadsChangesNothingAndTheSeedDoes() {
    ImageDataset data = ImageDataset.of(new Rng(5, 1, 0, 0).uniform(Tensor.zeros(900, 5, 3, 1)));
    float[] two = found(data, 20).centroids().toArray();
    try (Workers one = new Workers(1)) {
      assertArrayEquals(two, ImageClusters.of(data, 20, 1, one).centroids().toArray());
      assertTrue(!Arrays.equals(two, ImageClusters.of(data, 20, 2, one).centroids().toArray()));
    }
  }

  @Test
  void thereAreNoMoreClustersThanDifferentImages() {
    Tensor images = Tensor.zeros(60, 4, 4, 1);
    for (int i = 0; i < 60; i++) {
      images.at(i).copyFrom(patterns(10).image(i % 4 * 2).reshape(4, 4, 1));
    }
    ImageClusters clusters = found(ImageDataset.of(images), 9);
    assertEquals(4, clusters.count());
    assertEquals(
        "clusters: 61 of 60 images, expected 2 to as many as images",
        assertThrows(IllegalArgumentException.class, () -> found(ImageDataset.of(images), 61))
            .getMessage());
  }

  /// Of the images that are drawn the best is taken: groups that are far apart are all found, with
  /// every seed.
  @Test
  void theBeginningIsFarApart() {
    ImageDataset data = patterns(600);
    try (Workers workers = new Workers(2)) {
      for (int seed = 0; seed < 20; seed++) {
        ImageClusters clusters = ImageClusters.of(data, 3, seed, workers);
        double[] shares = IntStream.range(0, 3).mapToDouble(clusters::share).sorted().toArray();
        assertArrayEquals(new double[] {0.1, 0.3, 0.6}, shares, 1e-6, "seed " + seed);
      }
    }
  }

  @Test
  void otherImagesHaveOtherShares() {
    ImageClusters clusters = found(patterns(600), 3);
    int[] some = {1, 2, 3, 6, 8};
    ImageClusters shared;
    int first;
    int second;
    try (Workers workers = new Workers(2)) {
      ImageDataset five = clusters.labelled(patterns(10).subset(some), workers);
      shared = clusters.sharedBy(five);
      first = five.label(0);
      second = five.label(1);
    }
    assertEquals(0.6, shared.share(first), 1e-6);
    assertEquals(0.4, shared.share(second), 1e-6);
    assertEquals(0, shared.share(3 - first - second));
    assertArrayEquals(clusters.centroids().toArray(), shared.centroids().toArray());
    for (int i = 0; i < 500; i++) {
      assertTrue(shared.share(shared.draw(2, i)) > 0);
    }
  }

  @Test
  void imagesThatAreAllAlikeHaveNoClusters() {
    ImageDataset data = ImageDataset.of(Tensor.full(0.5f, 20, 4, 4, 1));
    assertEquals(
        "clusters: all images are alike",
        assertThrows(IllegalArgumentException.class, () -> found(data, 5)).getMessage());
  }

  @Test
  void aClusterIsDrawnAsOftenAsItsShareSays() {
    ImageClusters clusters = found(patterns(600), 3);
    for (long seed : new long[] {0, 7}) {
      int[] counts = new int[3];
      for (int i = 0; i < 1000; i++) {
        counts[clusters.draw(seed, i)]++;
      }
      for (int k = 0; k < 3; k++) {
        // Multiples of the golden ratio leave an interval at most a few short of its part.
        assertEquals(1000 * clusters.share(k), counts[k], 5);
      }
    }
    int[] first = IntStream.range(0, 50).map(i -> clusters.draw(0, i)).toArray();
    int[] other = IntStream.range(0, 50).map(i -> clusters.draw(1, i)).toArray();
    assertTrue(!Arrays.equals(first, other));
  }

  /// Means over squares of 3 x 3 pixels, whose last column has no square.
  @Test
  void largeImagesAreComparedInASmallerSize() {
    Tensor images = Tensor.zeros(40, 66, 70, 3);
    for (int i = 0; i < 40; i++) {
      for (int c = 0; c < 3; c++) {
        images.set(i % 4 == c ? 0.9f : -0.9f, i, 3, 5, c);
      }
    }
    ImageDataset data = ImageDataset.of(images);
    ImageClusters clusters = found(data, 4);
    assertEquals(Shape.of(4, 22, 23, 3), clusters.centroids().shape());
    try (Workers workers = new Workers(2)) {
      ImageDataset labelled = clusters.labelled(data, workers);
      assertEquals(4, IntStream.range(0, 4).map(labelled::label).distinct().count());
      int red = labelled.label(0);
      assertEquals(0.1, clusters.centroids().get(red, 1, 1, 0), 1e-6);
      assertEquals(0.25, clusters.share(red), 1e-6);
      ImageDataset other = patterns(10);
      assertEquals(
          "the images are [4, 4, 1], but the model's clusters are of [22, 23, 3]",
          assertThrows(IllegalArgumentException.class, () -> clusters.labelled(other, workers))
              .getMessage());
    }
  }

  @Test
  void aFileGivesTheSameClusters(@TempDir Path directory) throws IOException {
    ImageClusters clusters = found(patterns(600), 3);
    Path file = directory.resolve("clusters.safetensors");
    clusters.write(Disk.system(), file);
    ImageClusters read = ImageClusters.read(file, 3, IMAGE);
    assertArrayEquals(clusters.centroids().toArray(), read.centroids().toArray());
    assertEquals(clusters.toString(), read.toString());
    assertEquals("3, which k-means found; 10.0 to 60.0 % of the images each", read.toString());
    assertTrue(
        assertThrows(BadFileException.class, () -> ImageClusters.read(file, 4, IMAGE))
            .getMessage()
            .endsWith(
                "has centroids of shape [3, 4, 4, 1], expected [4, 4, 4, 1] for the network's"
                    + " classes and images"));
  }

  @Test
  void aFileThatMakesNoSenseIsRefused(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("clusters.safetensors");
    Tensor centroids = Tensor.zeros(IMAGE.batch(2).dims());
    Map<String, Map<String, Tensor>> bad =
        Map.of(
            "has no shares, expected [2] for the network's classes and images",
            Map.of("centroids", centroids),
            "has a share of 1.5, expected 0 to 1",
            Map.of("centroids", centroids, "shares", Tensor.of(Shape.of(2), 1.5f, 0.5f)),
            "has a share of -0.25, expected 0 to 1",
            Map.of("centroids", centroids, "shares", Tensor.of(Shape.of(2), 1, -0.25f)),
            "has a share of NaN, expected 0 to 1",
            Map.of("centroids", centroids, "shares", Tensor.of(Shape.of(2), 1, Float.NaN)),
            "has shares whose sum is 1.25, expected 1",
            Map.of("centroids", centroids, "shares", Tensor.of(Shape.of(2), 1, 0.25f)),
            "has a centroid of 3.0, expected -1 to 1",
            Map.of(
                "centroids",
                Tensor.full(3, IMAGE.batch(2).dims()),
                "shares",
                Tensor.of(Shape.of(2), 0.75f, 0.25f)));
    for (Map.Entry<String, Map<String, Tensor>> one : bad.entrySet()) {
      SafetensorsFile.write(file, Map.of(), one.getValue());
      String message =
          assertThrows(BadFileException.class, () -> ImageClusters.read(file, 2, IMAGE))
              .getMessage();
      assertTrue(message.endsWith(one.getKey()), message);
    }
  }
}
