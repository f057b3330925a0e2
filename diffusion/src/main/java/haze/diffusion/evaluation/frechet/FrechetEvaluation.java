package haze.diffusion.evaluation.frechet;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.sampler.ProgressListener;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.OptionalDouble;

/// Measures how close the samples of a trained model come to real images, in the features of a
/// classifier.
///
/// {@snippet file="haze/diffusion/evaluation/frechet/FrechetEvaluationTest.java" region="frechet"}
///
/// Distances are comparable if classifier, real images and the number of samples are the same.
public final class FrechetEvaluation {
  private final Pipeline model;

  /// An evaluation of a model.
  public FrechetEvaluation(Pipeline model) {
    this.model = model;
  }

  /// Measures with all processors, see [#run(FrechetRequest, TrainedClassifier, Workers,
  /// ProgressListener)].
  public SampleReport run(FrechetRequest request, TrainedClassifier classifier) {
    try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      return run(request, classifier, workers, ProgressListener.NONE);
    }
  }

  /// Draws samples and compares them with real images. The result is the same for any number of
  /// threads and any batch; a batch of samples is in memory at a time.
  ///
  /// @param request which samples, which images
  /// @param classifier whose features are compared
  /// @param workers the threads, which the caller closes
  /// @param listener notified after every step of every batch of samples, [#steps] times
  /// @throws RequestException if the samples do not fit the model
  /// @throws IllegalArgumentException if model, images and classifier do not go together
  /// @throws ArithmeticException if the network's output is NaN or infinite
  public SampleReport run(
      FrechetRequest request,
      TrainedClassifier classifier,
      Workers workers,
      ProgressListener listener) {
    require(request);
    UNetConfig network = model.unet().config();
    SampleRequest samples = request.samples();
    int[] drawn = samples.labels(model);
    // The classifier knows labels, not clusters.
    int[] labels = model.clusters().isPresent() ? new int[0] : drawn;
    requireSize(
        "classifier of " + classifier.data() + ": reads images", classifier.classifier().image());
    SampleQuality quality = new SampleQuality(classifier, workers);
    quality.requireKnown(labels);
    Features features = new Features(samples.count());
    KeptSamples kept = new KeptSamples(samples.count(), network.imageShape());
    model.sampleBatches(
        samples,
        workers,
        listener,
        (first, images) -> {
          Tensor levels = SampleQuality.levels(images);
          quality.extract(levels, features, first);
          kept.add(levels, first);
        });
    var sampling =
        new SampleReport.Sampling(
            samples.sampler().kind(model.scheduler()).cliName(),
            samples.sampler().steps(model.scheduler()),
            samples.seed(),
            drawn.length == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(samples.guidanceScale()));
    return quality.report(
        sampling,
        features,
        request.data().reference(),
        request.data().others(),
        kept.nearness(request.data(), workers),
        labels);
  }

  /// {@return the sampler's steps of all batches}
  ///
  /// @throws RequestException if the samples do not fit the model
  public int steps(FrechetRequest request, Workers workers) {
    return model.samplingSteps(request.samples(), workers);
  }

  /// Checks a request, as [#run] does, before other work.
  ///
  /// @throws RequestException if the samples do not fit the model
  /// @throws IllegalArgumentException if the images have another size than the model's
  public void require(FrechetRequest request) {
    request.samples().sampler().sampler(model.scheduler());
    request.samples().labels(model);
    int real = request.data().reference().range().count();
    if (real < 2) {
      throw new IllegalArgumentException(
          request.data().name() + ": has " + real + " image to compare with, expected at least 2");
    }
    requireSize(
        request.data().name() + ": images", request.data().reference().range().data().imageShape());
  }

  private void requireSize(String what, Shape image) {
    Shape made = model.unet().config().imageShape();
    if (!image.equals(made)) {
      throw new IllegalArgumentException(what + " " + image + ", but the model makes " + made);
    }
  }
}
