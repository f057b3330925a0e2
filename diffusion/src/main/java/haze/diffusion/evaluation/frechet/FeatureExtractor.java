package haze.diffusion.evaluation.frechet;

import haze.autograd.Softmax;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageRange;
import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.List;
import java.util.stream.Stream;

/// A classifier at work: shards of images are shared out to the threads, and features are all that
/// stays of them.
///
/// What is seen in an image depends on nothing else. Used by one caller at a time.
public final class FeatureExtractor {
  /// Images of a shard: a few megabytes of intermediate results.
  private static final int SHARD = 32;

  private final Classifier classifier;
  private final Workers workers;

  /// Memory for each thread, used again for every shard.
  private final List<BufferPool> pools;

  /// A classifier and the threads that compute it.
  ///
  /// @param classifier the classifier; its parameters stay as they are
  /// @param workers the threads, which the caller closes
  public FeatureExtractor(Classifier classifier, Workers workers) {
    this.classifier = classifier;
    this.workers = workers;
    pools = Stream.generate(BufferPool::new).limit(workers.threads()).toList();
  }

  /// Gives a shard's images.
  private interface Source {
    Tensor images(Tape tape, int from, int size);
  }

  /// What the classifier sees in images of a data set.
  ///
  /// @param images the images
  /// @return one row an image, in their order
  /// @throws IllegalArgumentException if the images have another size than the classifier's
  public Features of(ImageRange images) {
    Shape image = images.data().imageShape();
    Features features = new Features(images.count());
    extract(
        images.count(),
        (tape, from, size) ->
            images.data().images(images.indices(from, size), tape.allocate(image.batch(size))),
        features,
        0);
    return features;
  }

  /// What the classifier sees in images.
  ///
  /// @param images `[n, h, w, c]` in [-1, 1]
  /// @param features receives a row an image
  /// @param at the row of the first
  /// @throws IllegalArgumentException if the images have another size than the classifier's
  void extract(Tensor images, Features features, int at) {
    extract(images.dim(0), (_, from, size) -> images.slice(from, size), features, at);
  }

  private void extract(int count, Source source, Features features, int at) {
    workers.run(
        Math.ceilDiv(count, SHARD),
        (shard, worker) -> {
          int from = shard * SHARD;
          int size = Math.min(SHARD, count - from);
          try (Tape tape = Tape.off(pools.get(worker))) {
            Tensor images = source.images(tape, from, size);
            Variable seen = classifier.features(tape, tape.constant(images));
            Tensor probabilities = Softmax.apply(tape, classifier.scores(tape, seen)).value();
            for (int i = 0; i < size; i++) {
              int argmax = argmax(probabilities, i);
              features.set(at + from + i, seen.value().at(i), argmax, probabilities.get(i, argmax));
            }
          }
        });
  }

  private static int argmax(Tensor probabilities, int row) {
    int argmax = 0;
    for (int j = 1; j < probabilities.dim(1); j++) {
      argmax = probabilities.get(row, j) > probabilities.get(row, argmax) ? j : argmax;
    }
    return argmax;
  }

  /// How many of the images are taken for what they are.
  ///
  /// @param images images with labels
  /// @return a part from 0 to 1
  /// @throws IllegalArgumentException if the images have no labels, or another size than the
  ///   classifier's
  public double accuracy(ImageRange images) {
    Features features = of(images);
    int right = 0;
    for (int i = 0; i < features.count(); i++) {
      right += features.predictedClass(i) == images.data().label(images.from() + i) ? 1 : 0;
    }
    return (double) right / features.count();
  }
}
