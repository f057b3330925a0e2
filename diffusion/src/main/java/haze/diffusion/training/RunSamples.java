package haze.diffusion.training;

import haze.diffusion.figure.Figure;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.file.Disk;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// The grids of samples of a run, of the same noise every time, so that those of different steps
/// compare.
///
/// @param directory the run's
/// @param disk where it is
/// @param settings the run's
/// @param workers the threads, which the caller closes
record RunSamples(RunDirectory directory, Disk disk, TrainingSettings settings, Workers workers) {
  /// Evaluations of the network for a sample: as many steps, half as many with guidance.
  private static final int EVALUATIONS = 100;

  /// {@return whether there is nothing to make at a step: a grid is there, or the run wants none}
  boolean has(int step) {
    return settings.get(Settings.NO_SAMPLES) || Files.exists(directory.samples(step));
  }

  /// Makes the grid of a step, if the run wants any.
  ///
  /// @param model of that step
  /// @return false if it was to stop: nothing is written
  boolean make(int step, Pipeline model, TrainingListener listener, BooleanSupplier stop)
      throws IOException {
    if (settings.get(Settings.NO_SAMPLES)) {
      return true;
    }
    SampleRequest request = request(model);
    ProgressListener progress = listener::sampling;
    Tensor samples;
    try {
      samples = model.sample(request, workers, progress.until(stop));
    } catch (CancellationException e) {
      if (!stop.getAsBoolean()) {
        throw e;
      }
      return false;
    }
    Path file = directory.samples(step);
    Figure figure = model.output(request, samples).figure();
    disk.createDirectories(file.resolveSibling(""));
    figure.write(disk, file);
    listener.sampled(file);
    return true;
  }

  private SampleRequest request(Pipeline model) {
    SchedulerConfig scheduler = model.scheduler();
    boolean guided = model.unet().config().classes() > 0;
    int evaluations = guided ? EVALUATIONS / 2 : EVALUATIONS;
    SamplerChoice steps =
        SamplerChoice.DEFAULT.steps(Math.min(evaluations, scheduler.numTrainTimesteps()));
    SampleRequest request =
        SampleRequest.of(TrainingRun.SAMPLES)
            // Whatever an older run's file says, as few steps begin at T.
            .sampler(scheduler.kind().isFlow() ? steps : steps.spacing(TimestepSpacing.TRAILING))
            .seed(settings.get(Settings.SEED))
            .inWholeRounds(model);
    return guided ? request.guidance(settings.get(Settings.GUIDANCE)) : request;
  }
}
