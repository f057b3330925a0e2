package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.PixelScale;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Optional;
import java.util.stream.IntStream;

/// Measures how close a model's samples come to real images, as a classifier sees them, and what it
/// takes them for.
///
/// Samples are drawn batch after batch, and of each only its [Features] are kept. The result
/// depends on the model, the sampler, the seed and the number of samples, not on the number of
/// threads.
public final class SampleQuality {
  private final TrainedClassifier classifier;
  private final FeatureExtractor extractor;

  /// The model.
  @FunctionalInterface
  public interface Model {
    /// The network for a batch of samples: one that is told labels may be told others in every
    /// batch.
    ///
    /// @param first the number of the batch's first sample
    /// @param size how many there are
    /// @return the network
    Denoiser denoiser(int first, int size);
  }

  /// Watches the sampling.
  @FunctionalInterface
  public interface Listener {
    /// Called after every step of every batch.
    ///
    /// @param done how many steps are done, from 1; of all there are [#steps]
    void stepped(int done);
  }

  /// A classifier to look at samples with.
  ///
  /// @param classifier the classifier
  /// @param workers the threads, which the caller closes
  public SampleQuality(TrainedClassifier classifier, Workers workers) {
    this.classifier = classifier;
    extractor = new FeatureExtractor(classifier.classifier(), workers);
  }

  /// How many steps sampling takes.
  ///
  /// @param sampler the sampler
  /// @param count how many samples
  /// @param batch samples of a batch
  /// @return the steps of all batches
  public static int steps(Sampler sampler, int count, int batch) {
    return Math.multiplyExact(Math.ceilDiv(count, batch), sampler.schedule().steps());
  }

  /// Draws samples and looks at them.
  ///
  /// @param model the model, of images as the classifier reads them
  /// @param sampler the way from noise to picture
  /// @param seed the seed
  /// @param count how many samples
  /// @param batch samples that are in memory at a time
  /// @param listener told of every step
  /// @return what the classifier sees in samples 0 to `count - 1` of the seed
  /// @throws IllegalArgumentException if the network's answer is no number, or has another shape
  public Features sample(
      Model model, Sampler sampler, long seed, int count, int batch, Listener listener) {
    Shape image = classifier.classifier().image();
    Features features = new Features(count);
    for (int from = 0; from < count; from += batch) {
      int size = Math.min(batch, count - from);
      int before = from / batch * sampler.schedule().steps();
      Tensor images =
          new SamplingLoop(model.denoiser(from, size), sampler)
              .sample(
                  seed, from, image.batch(size), (done, _, _) -> listener.stepped(before + done));
      extractor.extract(toLevels(images), features, from);
    }
    return features;
  }

  /// Rounds to 256 levels, in place: a sample is compared as the image that it is written as, as
  /// real images are.
  private static Tensor toLevels(Tensor images) {
    float[] data = images.data();
    for (int i = images.offset(); i < images.offset() + images.size(); i++) {
      if (!Float.isFinite(data[i])) {
        throw new IllegalArgumentException(
            "samples: the network's answer is no number (NaN or"
                + " infinite), its weights are damaged");
      }
      data[i] = PixelScale.value(PixelScale.level(data[i]));
    }
    return images;
  }

  /// Compares samples with real images.
  ///
  /// @param samples what the classifier sees in the samples
  /// @param reference the real images
  /// @param others other real images of the same kind, of which as many as there are samples are
  ///   compared with the reference too
  /// @param labels the class that was asked for in each sample; none if no class was
  /// @return the report
  /// @throws IllegalArgumentException if there are fewer than 2 images on a side, images have
  ///   another size than the classifier's, or there is not one label a sample, of a class that the
  ///   classifier knows
  public SampleReport report(
      Features samples, RealImages reference, Optional<RealImages> others, int... labels) {
    int classes = classifier.classifier().classes();
    if (labels.length != 0 && labels.length != samples.count()) {
      throw new IllegalArgumentException(
          "sample quality: " + labels.length + " labels for " + samples.count() + " samples");
    }
    requireKnown(labels);
    Features real = extractor.of(reference.range());
    Optional<SampleReport.Distance> yardstick =
        others.map(
            other -> {
              Features first = extractor.of(other.range().first(samples.count()));
              return distance(first, other.name(), real, reference.name());
            });
    int[] histogram = new int[classes];
    IntStream.range(0, samples.count()).forEach(i -> histogram[samples.predictedClass(i)]++);
    Optional<ClassAccuracy> agreement =
        labels.length == 0
            ? Optional.empty()
            : Optional.of(ClassAccuracy.of(labels, samples, classes));
    return new SampleReport(
        distance(samples, "samples", real, reference.name()),
        yardstick,
        classifier,
        IntStream.of(histogram).boxed().toList(),
        samples.meanConfidence(),
        agreement);
  }

  /// Checks labels before samples are drawn.
  ///
  /// @param labels classes
  /// @throws IllegalArgumentException if there is one that the classifier does not know
  public void requireKnown(int... labels) {
    int classes = classifier.classifier().classes();
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "sample quality: the classifier knows " + classes + " classes, there is no " + label);
      }
    }
  }

  private static SampleReport.Distance distance(
      Features a, String name, Features b, String referenceName) {
    return new SampleReport.Distance(
        FrechetDistance.between(a.values(), b.values()), a.count(), name, b.count(), referenceName);
  }
}
