package haze.diffusion.evaluation.frechet;

import haze.autograd.Softmax;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageRange;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;

/// Evaluates a classifier: shards of images are shared out to the threads, and only [Features] are
/// kept.
///
/// The features of an image depend on nothing else. Used by one caller at a time.
final class FeatureExtractor {
  /// Images of a shard: a few megabytes of intermediate results.
  private static final int SHARD = 32;

  private final Classifier classifier;
  private final Workers workers;

  /// @param classifier the classifier; its parameters stay as they are
  /// @param workers the threads, which the caller closes
  FeatureExtractor(Classifier classifier, Workers workers) {
    this.classifier = classifier;
    this.workers = workers;
  }

  /// Gives a shard's images.
  private interface Source {
    Tensor images(Tape tape, int from, int size);
  }

  /// {@return the features of images of a data set, in their order}
  ///
  /// @throws IllegalArgumentException if the images have another size than the classifier's
  Features of(ImageRange images) {
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

  /// Extracts the features of images.
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
          try (Tape tape = Tape.off(workers.pool(worker))) {
            Tensor images = source.images(tape, from, size);
            Variable rows = classifier.features(tape, tape.constant(images));
            Tensor probabilities = Softmax.apply(tape, classifier.scores(tape, rows)).value();
            for (int i = 0; i < size; i++) {
              int argmax = argmax(probabilities, i);
              features.set(at + from + i, rows.value().at(i), argmax, probabilities.get(i, argmax));
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

  /// {@return the part of the images whose predicted class is their label, 0..1}
  ///
  /// @param images images with labels
  /// @throws IllegalArgumentException if the images have no labels, or another size than the
  ///   classifier's
  double accuracy(ImageRange images) {
    Features features = of(images);
    int correct = 0;
    for (int i = 0; i < features.count(); i++) {
      correct += features.predictedClass(i) == images.data().label(images.from() + i) ? 1 : 0;
    }
    return (double) correct / features.count();
  }
}
