package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.ImageRange;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Optional;
import java.util.stream.IntStream;

/// Some of the samples, evenly spaced, to look for copies of training images among them: as many as
/// say it to about a hundredth and fit into the memory.
final class KeptSamples {
  private static final int MOST = 1000;

  /// 64 MiB: 1,000 images of up to 16,384 numbers.
  private static final int MOST_NUMBERS = 1 << 24;

  private final int samples;
  private final Tensor kept;

  /// Room for some of so many samples.
  KeptSamples(int samples, Shape image) {
    this.samples = samples;
    int room = Math.clamp(MOST_NUMBERS / image.size(), 1, MOST);
    kept = Tensor.zeros(image.batch(Math.min(samples, room)).dims());
  }

  /// Keeps those of a batch that are to be kept.
  ///
  /// @param first the number of the first of the batch
  void add(Tensor batch, int first) {
    for (int k = 0; k < kept.dim(0); k++) {
      int i = spaced(k, samples) - first;
      if (i >= 0 && i < batch.dim(0)) {
        kept.at(k).copyFrom(batch.at(i));
      }
    }
  }

  /// The number of the k-th of those that are kept, of so many.
  private int spaced(int k, int of) {
    return (int) ((long) k * of / kept.dim(0));
  }

  /// {@return the nearness of the samples that were kept; nothing if no images are held out}
  ///
  /// @param data images of the samples' size
  Optional<Nearness> nearness(FrechetData data, Workers workers) {
    if (data.others().isEmpty()) {
      return Optional.empty();
    }
    ImageRange test = data.test();
    int count = Math.min(kept.dim(0), test.count());
    int[] numbers =
        IntStream.range(0, count)
            .map(k -> test.from() + (int) ((long) k * test.count() / count))
            .toArray();
    Tensor heldOut =
        test.data().images(numbers, Tensor.zeros(test.data().imageShape().batch(count).dims()));
    return Optional.of(Nearness.of(kept, heldOut, data.training(), workers));
  }
}
