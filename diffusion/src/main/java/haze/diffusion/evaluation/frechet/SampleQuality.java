package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.PixelScale;
import haze.diffusion.pipeline.NotFiniteException;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Optional;
import java.util.stream.IntStream;

/// Compares samples with real images in the features of a classifier.
final class SampleQuality {
  private final TrainedClassifier classifier;
  private final FeatureExtractor extractor;

  /// @param workers the threads, which the caller closes
  SampleQuality(TrainedClassifier classifier, Workers workers) {
    this.classifier = classifier;
    extractor = new FeatureExtractor(classifier.classifier(), workers);
  }

  /// {@return samples, each rounded to 256 levels as the file that it would be written to, and as
  /// real images are}
  ///
  /// @param samples `[n, h, w, c]` in [-1, 1]
  /// @throws NotFiniteException if a sample is NaN or infinite
  static Tensor levels(Tensor samples) {
    Tensor levels = Tensor.zeros(samples.shape().dims());
    NotFiniteException.requireFinite(levels.copyFrom(samples));
    for (int i = 0; i < levels.size(); i++) {
      levels.data()[i] = PixelScale.value(PixelScale.level(levels.data()[i]));
    }
    return levels;
  }

  /// Extracts the features of samples.
  ///
  /// @param levels `[n, h, w, c]` as the classifier reads them, in [-1, 1]
  /// @param features receives a row a sample
  /// @param first the row of the first
  void extract(Tensor levels, Features features, int first) {
    extractor.extract(levels, features, first);
  }

  /// Compares samples with real images.
  ///
  /// @param sampling how the samples were drawn
  /// @param reference the real images
  /// @param others other real images of the same kind, of which as many as there are samples are
  ///   compared with the reference too
  /// @param nearness how near samples are to training images, if it is known which those are
  /// @param labels the class that each sample was requested of; none if there are no classes
  /// @throws IllegalArgumentException if there are fewer than 2 images on a side, images have
  ///   another size than the classifier's, or there is not one label a sample, of a class that the
  ///   classifier knows
  SampleReport report(
      SampleReport.Sampling sampling,
      Features samples,
      RealImages reference,
      Optional<RealImages> others,
      Optional<Nearness> nearness,
      int... labels) {
    int classes = classifier.classifier().classes();
    if (labels.length != 0 && labels.length != samples.count()) {
      throw new IllegalArgumentException(
          "sample quality: " + labels.length + " labels for " + samples.count() + " samples");
    }
    requireKnown(labels);
    Features referenceFeatures = extractor.of(reference.range());
    Optional<SampleReport.Distance> real =
        others.map(
            other -> {
              Features first = extractor.of(other.range().first(samples.count()));
              return distance(first, other.name(), referenceFeatures, reference.name());
            });
    int[] histogram = samples.histogram(classes);
    Optional<ClassAccuracy> accuracy =
        labels.length == 0
            ? Optional.empty()
            : Optional.of(ClassAccuracy.of(labels, samples, classes));
    return new SampleReport(
        sampling,
        distance(samples, "samples", referenceFeatures, reference.name()),
        real,
        classifier,
        IntStream.of(histogram).boxed().toList(),
        imbalance(histogram, referenceFeatures.histogram(classes)),
        new SampleReport.Confidence(
            samples.meanConfidence(), samples.sureShare(), referenceFeatures.sureShare()),
        accuracy,
        nearness);
  }

  /// Checks labels before samples are drawn.
  ///
  /// @throws IllegalArgumentException if there is a class that the classifier does not know
  void requireKnown(int... labels) {
    int classes = classifier.classifier().classes();
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "sample quality: the classifier knows " + classes + " classes, there is no " + label);
      }
    }
  }

  /// The total variation distance between the classes' shares: half of the sum of the differences.
  static double imbalance(int[] samples, int[] real) {
    double all = IntStream.of(samples).sum();
    double allReal = IntStream.of(real).sum();
    return IntStream.range(0, samples.length)
            .mapToDouble(c -> Math.abs(samples[c] / all - real[c] / allReal))
            .sum()
        / 2;
  }

  private static SampleReport.Distance distance(
      Features a, String name, Features b, String referenceName) {
    return new SampleReport.Distance(
        FrechetDistance.between(a.values(), b.values()), a.count(), name, b.count(), referenceName);
  }
}
