package haze.diffusion.evaluation.bound;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.sampler.ProgressListener;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetSwitch;
import haze.nn.unet.UNetSwitch.TimeEmbeddingType;
import haze.tensor.Workers;
import java.util.Arrays;

/// Measures a trained model in continuous time, between the timesteps that it was trained at: as
/// [BoundEvaluation] does at these.
///
/// {@snippet
///  file="haze/diffusion/evaluation/bound/LikelihoodEvaluationTest.java" region="likelihood"}
public final class LikelihoodEvaluation {
  /// At how many log-SNRs an image is measured if a request does not say.
  public static final int PARTS = 100;

  private final BoundEvaluation evaluation;

  /// An evaluation of a model.
  ///
  /// @throws IllegalArgumentException if it has no bound, see [BoundEvaluation], or none in
  ///   continuous time: its schedule ends without signal, or its network knows whole timesteps only
  public LikelihoodEvaluation(Pipeline model) {
    evaluation = new BoundEvaluation(model);
    TimeEmbeddingType embedding = model.unet().config().get(UNetSwitch.TIME_EMBEDDING_TYPE);
    if (embedding != TimeEmbeddingType.POSITIONAL) {
      throw new IllegalArgumentException(
          "has a "
              + UNetSwitch.TIME_EMBEDDING_TYPE.written(embedding)
              + " time_embedding_type, which knows no time between its timesteps, or none at 0:"
              + " only its bound at timesteps can be measured");
    }
    try {
      new ContinuousSchedule(evaluation.bound().reverse().schedule());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "has no likelihood in continuous time: " + e.getMessage(), e);
    }
  }

  /// Measures the bound in continuous time, [ContinuousBound]. The result is the same for any
  /// number of threads and any batch.
  ///
  /// @param request on which images; its timesteps are how many log-SNRs each is measured at,
  ///   [#PARTS] if it does not say
  /// @param workers the threads, which the caller closes
  /// @param listener notified after each batch that the network was evaluated for, [#steps] times
  /// @throws RequestException if the request does not fit the model
  /// @throws ArithmeticException if the network's output is NaN or infinite
  public LikelihoodResult continuous(
      BoundRequest request, Workers workers, ProgressListener listener) {
    require(request);
    ImageDataset data = evaluation.labelled(request, workers);
    try (ShardedUNet denoiser = evaluation.denoiser(workers)) {
      return new ContinuousBound(
              evaluation.bound(), parts(request), evaluation.network(denoiser, data), workers)
          .estimate(
              BoundEvaluation.images(data),
              request.numbers(),
              request.batchSize(workers.threads()),
              measurement(request, data),
              listener);
    }
  }

  /// {@return how many times [#continuous] evaluates the network for a batch}
  public int steps(BoundRequest request, Workers workers) {
    return Math.multiplyExact(
        request.batches(workers.threads()), ContinuousBound.evaluations(parts(request)));
  }

  /// {@return how many images [#continuous] evaluates the network for, each as often as it is
  /// measured}
  public double imagesSeen(BoundRequest request) {
    return (double) request.numbers().length * ContinuousBound.evaluations(parts(request));
  }

  /// Measures the likelihood by the probability flow: a bound that comes from an exact density, of
  /// the model that the flow draws from, see [FlowOptions.Dequantization].
  ///
  /// @param request on which images, [FlowOptions#IMAGES] if it does not say; its timesteps do not
  ///   matter
  /// @param options how
  /// @param workers the threads, which the caller closes
  /// @param listener notified after each batch that the network was evaluated for, [#flowSteps]
  ///   times
  /// @throws RequestException if the request does not fit the model
  /// @throws ArithmeticException if the network's output is NaN or infinite
  public LikelihoodResult flow(
      BoundRequest request, FlowOptions options, Workers workers, ProgressListener listener) {
    BoundRequest few = few(request);
    require(few);
    ImageDataset data = evaluation.labelled(few, workers);
    try (ShardedUNet denoiser = evaluation.denoiser(workers)) {
      UNet unet = evaluation.unet();
      var network =
          new UNetFlow(
              unet,
              images -> labels(unet, evaluation.labels(data, images), images.length),
              evaluation.network(denoiser, data),
              workers);
      return new FlowLikelihood(evaluation.bound(), options, network, workers)
          .estimate(
              BoundEvaluation.images(data),
              few.numbers(),
              few.batchSize(workers.threads()),
              measurement(few, data),
              listener);
    }
  }

  /// {@return how many times [#flow] evaluates the network for a batch}
  public int flowSteps(BoundRequest request, FlowOptions options, Workers workers) {
    return Math.multiplyExact(
        few(request).batches(workers.threads()), FlowLikelihood.evaluations(options));
  }

  /// {@return how many images [#flow] evaluates the network for, each as often as it is measured}
  public double flowImagesSeen(BoundRequest request, FlowOptions options) {
    int images = few(request).numbers().length;
    return (double) images * FlowLikelihood.evaluations(options);
  }

  private static BoundRequest few(BoundRequest request) {
    return request.images().isPresent()
        ? request
        : request.images(Math.min(FlowOptions.IMAGES, request.data().count()));
  }

  /// The labels of a network that has some, which without labels of the images is that of no class.
  private static int[] labels(UNet unet, int[] labels, int images) {
    if (labels.length != 0 || unet.config().numClassEmbeds().isEmpty()) {
      return labels;
    }
    int[] none = new int[images];
    Arrays.fill(none, unet.config().noClassLabel().orElseThrow());
    return none;
  }

  /// Checks a request, before other work.
  ///
  /// @throws RequestException if it does not fit the model
  public void require(BoundRequest request) {
    evaluation.requireImages(request);
  }

  private static int parts(BoundRequest request) {
    return request.timesteps().orElse(PARTS);
  }

  private Measurement measurement(BoundRequest request, ImageDataset data) {
    return Measurement.of(
        request.title(), evaluation.condition(data), request.seed(), evaluation.bound().reverse());
  }
}
