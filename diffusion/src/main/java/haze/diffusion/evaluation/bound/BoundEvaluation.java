package haze.diffusion.evaluation.bound;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.PixelScale;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.io.Quantities;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.stream.IntStream;

/// Measures the variational bound of a trained model on images: what papers report as bits per
/// dimension.
///
/// {@snippet file="haze/diffusion/evaluation/bound/BoundEvaluationTest.java" region="bound"}
///
/// As openai/improved-diffusion measures: the predicted `x_0` is clipped, and the probability of a
/// grey level is approximated, [haze.diffusion.process.DiscretizedGaussian#TANH].
public final class BoundEvaluation {
  /// Levels are 0.008 apart.
  private static final double LEVEL_ROUNDING = 1e-4;

  private final Pipeline model;
  private final VariationalBound bound;

  /// An evaluation of a model.
  ///
  /// @throws IllegalArgumentException if it has no variational bound: it is one of flow matching,
  ///   or predicts epsilon on a schedule that ends without signal
  public BoundEvaluation(Pipeline model) {
    this.model = model;
    SchedulerConfig scheduler = model.scheduler();
    if (scheduler.kind() == SamplerKind.FLOW) {
      throw new IllegalArgumentException(
          "is a model for flow matching, which has no variational bound of this kind: it is for"
              + " models of a Markov chain");
    }
    NoiseSchedule schedule = scheduler.schedule();
    if (scheduler.losesX0()) {
      throw new IllegalArgumentException(
          "predicts epsilon, but its schedule ends without signal, where epsilon does not give"
              + " x_0: the bound is infinite");
    }
    bound =
        new VariationalBound(
            new ReverseProcess(
                schedule,
                scheduler.prediction(),
                scheduler.variance(),
                model.unet().config().inChannels(),
                true));
  }

  /// Measures with all processors, see [#run(BoundRequest, Workers, ProgressListener)].
  public BoundResult run(BoundRequest request) {
    try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      return run(request, workers, ProgressListener.NONE);
    }
  }

  /// Measures. The result is the same for any number of threads and any batch.
  ///
  /// @param request on which images
  /// @param workers the threads, which the caller closes
  /// @param listener notified after each batch that the network was evaluated for, [#steps] times
  /// @throws RequestException if the request does not fit the model
  /// @throws ArithmeticException if the network's output is NaN or infinite
  public BoundResult run(BoundRequest request, Workers workers, ProgressListener listener) {
    require(request);
    ImageDataset data = labelled(request, workers);
    try (ShardedUNet denoiser = denoiser(workers)) {
      BoundEstimator estimator =
          new BoundEstimator(bound, selection(request), network(denoiser, data), workers);
      return estimator.estimate(
          images(data),
          request.numbers(),
          request.batchSize(workers.threads()),
          Measurement.of(request.title(), condition(data), request.seed(), bound.reverse()),
          listener);
    }
  }

  /// The bound of the model.
  VariationalBound bound() {
    return bound;
  }

  /// The network of the model.
  UNet unet() {
    return model.unet();
  }

  /// The network, on the threads that the caller closes.
  ShardedUNet denoiser(Workers workers) {
    return new ShardedUNet(model.unet(), workers);
  }

  /// The network, conditioned on the labels of the data if both have them.
  BoundEstimator.Network network(ShardedUNet denoiser, ImageDataset data) {
    return (xt, timesteps, images) -> denoiser.predict(xt, timesteps, labels(data, images));
  }

  /// The labels of images, if the network is conditioned on them.
  int[] labels(ImageDataset data, int... images) {
    return conditional(data) ? IntStream.of(images).map(data::label).toArray() : new int[0];
  }

  /// The images of the data by their numbers.
  static BoundEstimator.Images images(ImageDataset data) {
    return numbers ->
        data.images(numbers, Tensor.zeros(data.imageShape().batch(numbers.length).dims()));
  }

  /// {@return how many times [#run] evaluates the network for a batch}
  ///
  /// @throws RequestException if the request does not fit the model
  public int steps(BoundRequest request, Workers workers) {
    return Math.multiplyExact(request.batches(workers.threads()), selection(request).measured());
  }

  /// {@return how many images [#run] evaluates the network for, each as often as it is measured}
  ///
  /// @throws RequestException if the request does not fit the model
  public double imagesSeen(BoundRequest request) {
    return (double) request.numbers().length * selection(request).measured();
  }

  /// Checks a request, as [#run] does, before other work.
  ///
  /// @throws RequestException if it does not fit the model
  public void require(BoundRequest request) {
    selection(request);
    requireImages(request);
  }

  /// Checks that the images and their labels fit the model.
  void requireImages(BoundRequest request) {
    UNetConfig network = model.unet().config();
    Shape image = request.data().imageShape();
    if (!image.equals(network.imageShape())) {
      throw new RequestException(
          "the images of "
              + request.title()
              + " are "
              + image
              + ", but the model's "
              + network.imageShape());
    }
    boolean labels = model.clusters().isEmpty();
    if (labels
        && !request.data().hasLabels()
        && network.classes() > 0
        && network.noClassLabel().isEmpty()) {
      throw new RequestException(
          request.title() + " has no labels, but every label of the model is a class");
    }
    if (labels && conditional(request.data()) && request.data().classes() > network.classes()) {
      throw new RequestException(
          "the labels of "
              + request.title()
              + " are of "
              + Quantities.counted(request.data().classes(), "class")
              + ", but the model knows of "
              + network.classes());
    }
    requireLevels(request);
  }

  /// Checks that images are in grey levels: `L_0` is the probability of a level. Values between two
  /// would be taken for a level's.
  private static void requireLevels(BoundRequest request) {
    ImageDataset data = request.data();
    for (int number : request.numbers()) {
      for (float value : data.image(number).toArray()) {
        if (Math.abs(value - PixelScale.value(PixelScale.level(value))) > LEVEL_ROUNDING) {
          throw new RequestException(
              "image "
                  + number
                  + " of "
                  + request.title()
                  + " has value "
                  + value
                  + ", between two of the 256 levels k / 127.5 - 1 whose probability the bound is");
        }
      }
    }
  }

  private SystematicTimesteps selection(BoundRequest request) {
    int trained = bound.reverse().schedule().timesteps();
    int measured = request.timesteps().orElse(trained);
    int least = Math.min(2, trained);
    if (measured < least || measured > trained) {
      throw new RequestException(
          "timesteps",
          "is "
              + measured
              + ", expected "
              + least
              + " to "
              + trained
              + ", the number that the model was trained on");
    }
    return new SystematicTimesteps(trained, measured);
  }

  /// {@return the images with the classes that the model has learned}
  ImageDataset labelled(BoundRequest request, Workers workers) {
    return model.labelled(request.data(), workers);
  }

  /// {@return what of the images the network is conditioned on}
  ///
  /// @param data what [#labelled] gives
  String condition(ImageDataset data) {
    return conditional(data) ? (model.clusters().isPresent() ? "clusters" : "labels") : "";
  }

  private boolean conditional(ImageDataset data) {
    return data.hasLabels() && model.unet().config().classes() > 0;
  }
}
