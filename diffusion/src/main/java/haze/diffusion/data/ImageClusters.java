package haze.diffusion.data;

import haze.autograd.Tape;
import haze.diffusion.io.BadFileException;
import haze.nn.file.Disk;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Allocator;
import haze.tensor.MatMul;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Groups of images that look alike, which a network can be conditioned on where there are no
/// labels.
///
/// A distribution of images is a mixture over its clusters, `p(x) = sum_k p(k) p(x | k)`: a network
/// that is told k has less to guess, and a sample begins with a cluster, drawn with probability
/// p(k), its share of the images.
///
/// The clusters are those of k-means: the centroids c_1 .. c_K with a small sum over the images of
///
/// ```
/// min_k |x - c_k|^2
/// ```
///
/// found by Lloyd's iteration (1982, "Least squares quantization in PCM"), which begins with images
/// that are far apart (k-means++, Arthur and Vassilvitskii 2007, with the best of several images
/// each time, as they suggest). The same images and the same seed give the same clusters, whatever
/// the number of threads.
///
/// {@snippet file="haze/diffusion/data/ImageClustersTest.java" region="clusters"}
public final class ImageClusters implements Serializable {
  private static final long serialVersionUID = 1;

  /// The centroids are found among so many images, spread over all, or more for many clusters.
  private static final int SAMPLE = 8192;

  private static final int SAMPLE_EACH = 16;

  private static final int ROUNDS = 20;

  /// Larger images are compared in a smaller size: means over squares of pixels.
  private static final int LARGEST = 32;

  /// Images whose distances a thread computes at a time.
  private static final int CHUNK = 256;

  /// What rounding leaves of the distance of an image from itself, as a part of its length.
  private static final double RESOLUTION = 1e-5;

  /// How far the sum of shares that were rounded may be from 1.
  private static final double TOLERANCE = 1e-3;

  private static final double GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

  /// The streams of random numbers, see [Rng]: `KMNS` and `CLUS` in ASCII.
  private static final int SEEDING = 0x4B4D4E53;

  private static final int DRAWING = 0x434C5553;

  private static final String CENTROIDS = "centroids";
  private static final String SHARES = "shares";

  private final int[] shape;
  private final float[] centroids;
  private final float[] shares;

  private ImageClusters(Tensor centroids, float... shares) {
    shape = centroids.shape().dims();
    this.centroids = centroids.toArray();
    this.shares = shares;
  }

  /// Finds clusters.
  ///
  /// @param data the images
  /// @param most how many clusters, at least 2; there are fewer if there are not as many different
  ///   images
  /// @param seed another seed begins with other images
  /// @param workers the threads, which the caller closes
  /// @throws IllegalArgumentException if there are fewer images than clusters, or all are alike
  /// @throws java.io.UncheckedIOException as for [ImageDataset#images]
  public static ImageClusters of(ImageDataset data, int most, long seed, Workers workers) {
    if (most < 2 || most > data.count()) {
      throw new IllegalArgumentException(
          "clusters: " + most + " of " + data.count() + " images, expected 2 to as many as images");
    }
    Shape small = small(data.imageShape());
    int some = Math.min(data.count(), Math.max(SAMPLE, SAMPLE_EACH * most));
    int[] sample = Spread.sample(data.count(), some);
    Tensor rows = Tensor.zeros(sample.length, small.size());
    chunks(
        sample.length,
        workers,
        (from, size, allocator) ->
            rows.slice(from, size)
                .copyFrom(reduced(data, Arrays.copyOfRange(sample, from, from + size), allocator)));
    Tensor centroids = farApart(rows, most, new Rng(seed, SEEDING, 0, 0), workers);
    if (centroids.dim(0) < 2) {
      throw new IllegalArgumentException("clusters: all images are alike");
    }
    int[] nearest = {};
    for (int round = 0; round < ROUNDS; round++) {
      int[] before = nearest;
      nearest = nearest(rows, centroids, workers);
      if (Arrays.equals(before, nearest)) {
        break;
      }
      move(centroids, rows, nearest);
    }
    Shape shape = small.batch(centroids.dim(0));
    ImageClusters found = new ImageClusters(centroids.reshape(shape), new float[centroids.dim(0)]);
    return found.withImages(found.nearest(data, workers));
  }

  /// The shares that images have of the clusters, and no cluster without images.
  private ImageClusters withImages(int... nearest) {
    float[] all = shares(nearest);
    int[] used = IntStream.range(0, all.length).filter(k -> all[k] > 0).toArray();
    Tensor kept = Tensor.zeros(centroids().shape().with(0, used.length).dims());
    float[] parts = new float[used.length];
    for (int k = 0; k < used.length; k++) {
      kept.at(k).copyFrom(centroids().at(used[k]));
      parts[k] = all[used[k]];
    }
    return new ImageClusters(kept, parts);
  }

  private float[] shares(int... nearest) {
    int[] counts = new int[count()];
    for (int cluster : nearest) {
      counts[cluster]++;
    }
    float[] parts = new float[counts.length];
    for (int k = 0; k < parts.length; k++) {
      parts[k] = (float) ((double) counts[k] / nearest.length);
    }
    return parts;
  }

  /// {@return the same clusters with the shares that other images have of them, some maybe none}
  ///
  /// @param labelled what [#labelled] made of the images
  public ImageClusters sharedBy(ImageDataset labelled) {
    int[] nearest = IntStream.range(0, labelled.count()).map(labelled::storedLabel).toArray();
    return new ImageClusters(centroids(), shares(nearest));
  }

  /// {@return how many clusters there are}
  public int count() {
    return shape[0];
  }

  /// {@return the mean image of each cluster, `[k, h, w, c]` in [-1, 1]; of images that are larger
  /// than 32 pixels on a side in a smaller size}
  public Tensor centroids() {
    return Tensor.of(Shape.of(shape), centroids);
  }

  /// {@return the part of the images that a cluster has, 0 to 1}
  public double share(int cluster) {
    return shares[cluster];
  }

  /// {@return whether images of a shape can be told apart by these clusters}
  ///
  /// @param image `[h, w, c]`
  public boolean fits(Shape image) {
    return small(image).batch(count()).equals(Shape.of(shape));
  }

  /// {@return the same images, each with the cluster whose centroid is nearest as its label, the
  /// first of several}
  ///
  /// @param workers the threads, which the caller closes
  /// @throws IllegalArgumentException if the images have another shape
  /// @throws java.io.UncheckedIOException as for [ImageDataset#images]
  public ImageDataset labelled(ImageDataset data, Workers workers) {
    if (!fits(data.imageShape())) {
      throw new IllegalArgumentException(
          "the images are "
              + data.imageShape()
              + ", but the model's clusters are of "
              + Shape.of(shape[1], shape[2], shape[3]));
    }
    return data.withLabels(nearest(data, workers), count());
  }

  /// {@return the cluster of a sample: each comes as often as its share says, and of any samples
  /// that follow each other as evenly as can be}
  ///
  /// Sample i has the cluster in whose part of 0 to 1 `frac(u + i phi)` lies, with the golden ratio
  /// phi and a u that depends on the seed.
  ///
  /// @param sample its number, from 0
  public int draw(long seed, int sample) {
    double place = (new Rng(seed, DRAWING, 0, 0).fraction() + sample * GOLDEN_RATIO) % 1;
    int drawn = -1;
    double end = 0;
    for (int cluster = 0; cluster < shares.length && (drawn < 0 || place >= end); cluster++) {
      // Rounding may leave the sum below 1: what is beyond it is the last one's.
      drawn = shares[cluster] > 0 ? cluster : drawn;
      end += shares[cluster];
    }
    return drawn;
  }

  /// {@return the clusters for people, such as `100, which k-means found; 0.360 to 2.12 % of the
  /// images each`}
  @Override
  public String toString() {
    float[] sorted = shares.clone();
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        "%d, which k-means found; %.3g to %.3g %% of the images each",
        count(),
        100 * sorted[0],
        100 * sorted[sorted.length - 1]);
  }

  /// Writes the clusters: tensors `centroids` `[k, h, w, c]` and `shares` `[k]`.
  ///
  /// @throws IOException if the file cannot be written
  public void write(Disk disk, Path file) throws IOException {
    SafetensorsFile.write(
        disk,
        file,
        Map.of(),
        Map.of(CENTROIDS, centroids(), SHARES, Tensor.of(Shape.of(shares.length), shares)));
  }

  /// Reads what [#write] wrote.
  ///
  /// @param classes how many there have to be, as the network knows
  /// @param image the shape of the network's images, `[h, w, c]`
  /// @throws IOException if it cannot be read or is something else
  public static ImageClusters read(Path file, int classes, Shape image) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      // Before anything is read: a file may claim any size.
      require(tensors, file, CENTROIDS, small(image).batch(classes));
      require(tensors, file, SHARES, Shape.of(classes));
      Tensor centroids = tensors.tensor(CENTROIDS);
      float[] shares = tensors.tensor(SHARES).toArray();
      double sum = 0;
      for (float share : shares) {
        // NaN compares as false.
        if (!(share >= 0 && share <= 1)) {
          throw new BadFileException(file, "has a share of " + share + ", expected 0 to 1");
        }
        sum += share;
      }
      if (Math.abs(sum - 1) > TOLERANCE) {
        throw new BadFileException(file, "has shares whose sum is " + sum + ", expected 1");
      }
      for (float value : centroids.toArray()) {
        if (!(Math.abs(value) <= 1)) {
          throw new BadFileException(file, "has a centroid of " + value + ", expected -1 to 1");
        }
      }
      return new ImageClusters(centroids, shares);
    }
  }

  private static void require(SafetensorsFile tensors, Path file, String name, Shape expected)
      throws BadFileException {
    SafetensorsFile.Entry entry = tensors.entries().get(name);
    if (entry == null || !entry.shape().equals(expected)) {
      throw new BadFileException(
          file,
          "has "
              + (entry == null ? "no " + name : name + " of shape " + entry.shape())
              + ", expected "
              + expected
              + " for the network's classes and images");
    }
  }

  /// The nearest cluster of each image.
  private int[] nearest(ImageDataset data, Workers workers) {
    int[] nearest = new int[data.count()];
    Tensor all = centroids().reshape(count(), centroids.length / count());
    float[] lengths = lengths(all);
    chunks(
        nearest.length,
        workers,
        (from, size, allocator) -> {
          int[] images = IntStream.range(from, from + size).toArray();
          nearest(reduced(data, images, allocator), all, lengths, allocator, nearest, from);
        });
    return nearest;
  }

  private static int[] nearest(Tensor rows, Tensor centroids, Workers workers) {
    int[] nearest = new int[rows.dim(0)];
    float[] lengths = lengths(centroids);
    chunks(
        nearest.length,
        workers,
        (from, size, allocator) ->
            nearest(rows.slice(from, size), centroids, lengths, allocator, nearest, from));
    return nearest;
  }

  /// The least of `|c|^2 - 2 x c`, which is `|x - c|^2` but for `|x|^2`.
  private static void nearest(
      Tensor rows, Tensor centroids, float[] lengths, Allocator allocator, int[] nearest, int at) {
    Tensor products = MatMul.multiply(allocator, rows, false, centroids, true);
    int next = products.offset();
    for (int i = 0; i < rows.dim(0); i++) {
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < lengths.length; k++) {
        double distance = lengths[k] - 2.0 * products.data()[next++];
        if (distance < least) {
          least = distance;
          nearest[at + i] = k;
        }
      }
    }
  }

  private static float[] lengths(Tensor rows) {
    float[] lengths = new float[rows.dim(0)];
    int size = rows.dim(1);
    for (int i = 0; i < lengths.length; i++) {
      double sum = 0;
      int start = rows.offset() + i * size;
      for (int j = start; j < start + size; j++) {
        double x = rows.data()[j];
        sum += x * x;
      }
      lengths[i] = (float) sum;
    }
    return lengths;
  }

  /// Rows that are far apart: for each next one, some are drawn with a probability that grows with
  /// the square of their distance from those before, and the one is taken that leaves the least sum
  /// of these squares.
  private static Tensor farApart(Tensor rows, int most, Rng random, Workers workers) {
    float[] lengths = lengths(rows);
    double[] distances = new double[lengths.length];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    int trials = 2 + (int) Math.log(most);
    List<Integer> chosen = new ArrayList<>();
    int[] candidates = {random.below(0, lengths.length)};
    int drawn = 1;
    while (true) {
      double[][] left = without(rows, lengths, distances, candidates, workers);
      double[] sums = Arrays.stream(left).mapToDouble(one -> DoubleStream.of(one).sum()).toArray();
      int best = 0;
      for (int i = 1; i < sums.length; i++) {
        best = sums[i] < sums[best] ? i : best;
      }
      chosen.add(candidates[best]);
      distances = left[best];
      if (chosen.size() == most || sums[best] == 0) {
        break;
      }
      candidates = new int[trials];
      for (int i = 0; i < trials; i++) {
        candidates[i] = at(random.fraction(drawn++) * sums[best], distances);
      }
    }
    return taken(rows, chosen.stream().mapToInt(row -> row).toArray());
  }

  private static Tensor taken(Tensor rows, int... numbers) {
    Tensor taken = Tensor.zeros(numbers.length, rows.dim(1));
    for (int i = 0; i < numbers.length; i++) {
      taken.slice(i, 1).copyFrom(rows.slice(numbers[i], 1));
    }
    return taken;
  }

  /// The squared distances of rows from the nearest that is chosen, if one more is, for each
  /// candidate.
  private static double[][] without(
      Tensor rows, float[] lengths, double[] distances, int[] candidates, Workers workers) {
    Tensor some = taken(rows, candidates);
    double[][] nearer = new double[candidates.length][distances.length];
    chunks(
        distances.length,
        workers,
        (from, size, allocator) -> {
          Tensor products = MatMul.multiply(allocator, rows.slice(from, size), false, some, true);
          int at = products.offset();
          for (int i = from; i < from + size; i++) {
            for (int k = 0; k < candidates.length; k++) {
              double length = lengths[candidates[k]];
              double distance = lengths[i] - 2.0 * products.data()[at++] + length;
              boolean same = distance <= RESOLUTION * length;
              nearer[k][i] = same ? 0 : Math.min(distances[i], distance);
            }
          }
        });
    return nearer;
  }

  /// The first number up to which the numbers have a sum above some part of their sum.
  private static int at(double part, double[] numbers) {
    int last = 0;
    double sum = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] > 0) {
        last = i;
        sum += numbers[i];
        if (sum > part) {
          break;
        }
      }
    }
    return last;
  }

  /// Puts each centroid into the middle of its rows; one that has none stays where it is.
  private static void move(Tensor centroids, Tensor rows, int... nearest) {
    int size = rows.dim(1);
    double[][] sums = new double[centroids.dim(0)][size];
    int[] counts = new int[sums.length];
    float[] values = rows.data();
    for (int i = 0; i < nearest.length; i++) {
      double[] sum = sums[nearest[i]];
      counts[nearest[i]]++;
      int at = rows.offset() + i * size;
      for (int j = 0; j < size; j++) {
        sum[j] += values[at + j];
      }
    }
    for (int k = 0; k < sums.length; k++) {
      if (counts[k] > 0) {
        for (int j = 0; j < size; j++) {
          centroids.data()[centroids.offset() + k * size + j] = (float) (sums[k][j] / counts[k]);
        }
      }
    }
  }

  private static Shape small(Shape image) {
    int factor = factor(image);
    return Shape.of(image.dim(0) / factor, image.dim(1) / factor, image.dim(2));
  }

  private static int factor(Shape image) {
    int large = Math.ceilDiv(Math.max(image.dim(0), image.dim(1)), LARGEST);
    return Math.min(large, Math.min(image.dim(0), image.dim(1)));
  }

  /// Some images as rows `[n, h w c]`, large ones in the smaller size; only one of the large ones
  /// is in memory.
  private static Tensor reduced(ImageDataset data, int[] indices, Allocator allocator) {
    Shape image = data.imageShape();
    int factor = factor(image);
    if (factor == 1) {
      return data.images(indices, allocator.allocate(image.batch(indices.length)))
          .reshape(indices.length, image.size());
    }
    Shape small = small(image);
    Tensor means = allocator.allocate(Shape.of(indices.length, small.size()));
    Tensor large = Tensor.zeros(image.batch(1).dims());
    for (int i = 0; i < indices.length; i++) {
      data.images(new int[] {indices[i]}, large);
      reduce(large.data(), image, factor, means, means.offset() + i * small.size());
    }
    return means;
  }

  private static void reduce(float[] image, Shape shape, int factor, Tensor means, int to) {
    int channels = shape.dim(2);
    int row = shape.dim(1) * channels;
    int at = to;
    for (int y = 0; y < shape.dim(0) / factor; y++) {
      for (int x = 0; x < shape.dim(1) / factor; x++) {
        for (int c = 0; c < channels; c++) {
          double sum = 0;
          for (int v = y * factor; v < (y + 1) * factor; v++) {
            for (int u = x * factor; u < (x + 1) * factor; u++) {
              sum += image[v * row + u * channels + c];
            }
          }
          means.data()[at++] = (float) (sum / (factor * factor));
        }
      }
    }
  }

  /// Work on images that follow each other.
  @FunctionalInterface
  private interface Chunk {
    void run(int from, int size, Allocator allocator);
  }

  private static void chunks(int count, Workers workers, Chunk work) {
    workers.run(
        Math.ceilDiv(count, CHUNK),
        (chunk, worker) -> {
          try (Tape tape = Tape.off(workers.pool(worker))) {
            work.run(chunk * CHUNK, Math.min(CHUNK, count - chunk * CHUNK), tape);
          }
        });
  }
}
