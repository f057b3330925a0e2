package haze.diffusion.training;

import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;

/// A model whose weights are overwritten each time by the averaged ones of a run, so that a run of
/// days makes no garbage of its size with each of its files.
final class AveragedModel {
  private final Pipeline pipeline;
  private final ParameterVector weights;

  AveragedModel(UNetConfig network, SchedulerConfig scheduler, ClassNames classNames) {
    UNet unet = new UNet(network);
    weights = new ParameterVector(unet);
    pipeline = new Pipeline(unet, scheduler, classNames);
  }

  /// {@return the model with these weights, the same object each time}
  ///
  /// @param average laid out as a [ParameterVector] of the network
  Pipeline of(float[] average) {
    weights.copyFrom(average);
    return pipeline;
  }
}
