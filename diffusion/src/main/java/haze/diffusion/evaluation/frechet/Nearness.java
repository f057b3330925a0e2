package haze.diffusion.evaluation.frechet;

import haze.autograd.Tape;
import haze.diffusion.data.ImageRange;
import haze.tensor.Allocator;
import haze.tensor.Layout;
import haze.tensor.MatMul;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;

/// Whether samples are closer to the training images than new images are, which those of a model
/// that remembers images would be.
///
/// With `d(x) = min |x - y|^2` over the training images y, the share is the probability
///
/// ```
/// P( d(sample) < d(held-out image) ) + 1/2 P( d(sample) = d(held-out image) )
/// ```
///
/// for a sample and a held-out image drawn independently, over all pairs (the statistic of Mann and
/// Whitney 1947, divided by the number of pairs): 1/2 for samples that are as new as held-out
/// images, 1 for copies. Plain samples, such as those of a high guidance scale, are near to
/// everything: a share above 1/2 alone is no proof of copies.
///
/// @param share of the pairs, 0..1
/// @param samples how many are compared
/// @param heldOut with how many images that the model did not learn from
/// @param training how many images the nearest one is searched among
public record Nearness(double share, int samples, int heldOut, int training) {
  /// Images whose distances a thread computes at a time.
  private static final int CHUNK = 256;

  /// {@return the nearness of samples}
  ///
  /// @param samples `[n, ...]`
  /// @param heldOut images that the model did not learn from, of the same size
  /// @param training images that it learned from
  public static Nearness of(Tensor samples, Tensor heldOut, ImageRange training, Workers workers) {
    double[] both = nearest(Layout.concat(Allocator.HEAP, 0, samples, heldOut), training, workers);
    double[] near = Arrays.copyOf(both, samples.dim(0));
    double[] far = Arrays.copyOfRange(both, near.length, both.length);
    return new Nearness(share(near, far), near.length, far.length, training.count());
  }

  /// {@return the share of the pairs in which the number of a is the smaller one, ties counted
  /// half}
  static double share(double[] a, double[] b) {
    double[] sorted = b.clone();
    Arrays.sort(sorted);
    double pairs = 0;
    for (double value : a) {
      int notAbove = past(sorted, value);
      int below = past(sorted, Math.nextDown(value));
      pairs += sorted.length - notAbove + (notAbove - below) / 2.0;
    }
    return pairs / a.length / b.length;
  }

  /// How many of rising numbers are at most a value.
  private static int past(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// {@return for each image the least squared distance from an image of the range}
  ///
  /// As `|x|^2 - 2 x y + |y|^2`, so that nearly all of it is a matrix product.
  static double[] nearest(Tensor images, ImageRange range, Workers workers) {
    int count = images.dim(0);
    int pixels = images.size() / count;
    Tensor rows = images.reshape(count, pixels);
    double[] lengths = lengths(rows);
    double[][] least = new double[workers.threads()][count];
    for (double[] distances : least) {
      Arrays.fill(distances, Double.POSITIVE_INFINITY);
    }
    Shape image = range.data().imageShape();
    workers.run(
        Math.ceilDiv(range.count(), CHUNK),
        (chunk, worker) -> {
          int from = chunk * CHUNK;
          int size = Math.min(CHUNK, range.count() - from);
          try (Tape tape = Tape.off(workers.pool(worker))) {
            Tensor others =
                range
                    .data()
                    .images(range.indices(from, size), tape.allocate(image.batch(size)))
                    .reshape(size, pixels);
            Tensor products = MatMul.multiply(tape, rows, false, others, true);
            double[] otherLengths = lengths(others);
            for (int i = 0; i < count; i++) {
              double nearest = least[worker][i];
              for (int j = 0; j < size; j++) {
                double distance = lengths[i] - 2.0 * products.get(i, j) + otherLengths[j];
                nearest = Math.min(nearest, Math.max(0, distance));
              }
              least[worker][i] = nearest;
            }
          }
        });
    double[] nearest = least[0];
    for (double[] distances : least) {
      Arrays.setAll(nearest, i -> Math.min(nearest[i], distances[i]));
    }
    return nearest;
  }

  private static double[] lengths(Tensor rows) {
    double[] lengths = new double[rows.dim(0)];
    Arrays.setAll(
        lengths,
        i -> {
          double sum = 0;
          for (double x : rows.at(i).toDoubles()) {
            sum += x * x;
          }
          return sum;
        });
    return lengths;
  }
}
