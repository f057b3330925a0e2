package haze.diffusion.distill;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.nn.unet.UNetConfig;

/// Checks that a model has such students, and that images fit it.
final class StudentFit {
  private StudentFit() {}

  /// @throws RequestException in one line, if not
  static void require(Pipeline teacher, ImageDataset data, DistillSettings settings) {
    requireDistillable(teacher.scheduler(), settings);
    requireData(teacher.unet().config(), data);
    if (settings.guidance() != ShardedUNet.UNGUIDED) {
      requireGuidable(teacher.unet().config());
    }
  }

  private static void requireDistillable(SchedulerConfig scheduler, DistillSettings settings) {
    if (scheduler.kind().isFlow()) {
      throw new RequestException(
          "distill: the model was trained by flow matching, expected one of a Markov chain");
    }
    if (scheduler.variance() == ReverseVariance.LEARNED_RANGE) {
      throw new RequestException(
          "distill: the model has a learned variance, which steps of DDIM do not use; expected one"
              + " with a fixed variance");
    }
    if (scheduler.prediction() == Prediction.EPSILON) {
      throw new RequestException(
          "distill: the model predicts epsilon, of which x_0 cannot be had where there is only"
              + " noise; expected one that predicts v or x0 (haze train --prediction v)");
    }
    if (scheduler.numTrainTimesteps() % settings.evaluations() != 0) {
      throw new RequestException(
          "evaluations",
          "is "
              + settings.evaluations()
              + ", which does not divide the "
              + scheduler.numTrainTimesteps()
              + " timesteps of the model");
    }
  }

  private static void requireData(UNetConfig network, ImageDataset data) {
    if (!data.imageShape().equals(network.imageShape())) {
      throw new RequestException(
          "distill: images are "
              + data.imageShape()
              + ", expected the "
              + network.imageShape()
              + " of the network (height, width, channels)");
    }
    if (network.classes() > 0 && (!data.hasLabels() || data.classes() > network.classes())) {
      throw new RequestException(
          "distill: the network knows "
              + network.classes()
              + " classes, but the images have "
              + (data.hasLabels() ? data.classes() : "no labels"));
    }
  }

  private static void requireGuidable(UNetConfig network) {
    if (network.noClassLabel().isEmpty()) {
      throw new RequestException(
          "guidance", "is for a model that was trained with classes, and without (haze train)");
    }
  }
}
