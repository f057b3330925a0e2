package haze.diffusion.evaluation.bound;

import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Tensor;
import java.util.Arrays;

/// Images that are measured batch by batch, in the order of their numbers: only one batch is in
/// memory.
///
/// @param images where they come from
/// @param numbers of those to measure, at least one; each number once
/// @param size how many are measured at a time, at least one
@SuppressWarnings("ArrayRecordComponent") // Lives for a measurement; nobody compares two.
record ImageBatches(BoundEstimator.Images images, int[] numbers, int size) {
  ImageBatches {
    if (numbers.length == 0 || size < 1) {
      throw new IllegalArgumentException(
          "bound: " + numbers.length + " images in batches of " + size);
    }
  }

  /// The measurement of a batch.
  @FunctionalInterface
  interface Measure {
    /// Measures images.
    ///
    /// @param x0 `[n, h, w, c]`
    /// @param numbers the number of each
    /// @param evaluated to be run after each evaluation of the network
    void measure(Tensor x0, int[] numbers, Runnable evaluated);
  }

  /// Measures all images.
  ///
  /// @param evaluations how many times a measurement evaluates the network for a batch
  /// @param listener notified after each
  /// @return the elements of an image
  int forEach(int evaluations, ProgressListener listener, Measure measure) {
    int all = Math.multiplyExact(Math.ceilDiv(numbers.length, size), evaluations);
    int[] done = new int[1];
    int dimensions = 0;
    for (int from = 0; from < numbers.length; from += size) {
      int[] chosen = Arrays.copyOfRange(numbers, from, Math.min(from + size, numbers.length));
      Tensor x0 = images.of(chosen);
      dimensions = x0.at(0).size();
      measure.measure(x0, chosen, () -> listener.progressed(++done[0], all));
    }
    return dimensions;
  }
}
