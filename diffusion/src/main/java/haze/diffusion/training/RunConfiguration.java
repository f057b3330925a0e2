package haze.diffusion.training;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetConfigFile;
import haze.nn.BatchStep;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a run is but for its images and weights: the texts of its three files of settings, for
/// another process that computes steps of it.
///
/// @param run the directory of the run, for messages
/// @param settings `training/config.json`
/// @param network `unet/config.json`
/// @param scheduler `scheduler/scheduler_config.json`
/// @param clusters `clusters.safetensors`; null if there is none
public record RunConfiguration(
    String run, String settings, String network, String scheduler, @Nullable ImageClusters clusters)
    implements Serializable {
  /// Reads the files of a run.
  ///
  /// @throws IOException if one cannot be read
  public static RunConfiguration of(Path run) throws IOException {
    return new RunConfiguration(
        run.toString(),
        Files.readString(new RunDirectory(run).config()),
        Files.readString(network(run)),
        Files.readString(scheduler(run)),
        Pipeline.clusters(run).orElse(null));
  }

  private static Path network(Path run) {
    return run.resolve("unet").resolve("config.json");
  }

  private static Path scheduler(Path run) {
    return run.resolve("scheduler").resolve("scheduler_config.json");
  }

  /// {@return a trainer of the run, at step 0, which [Trainer#state] and [Trainer#resumeAt] take to
  /// another one}
  ///
  /// @param images images in memory, if the run learns from such
  /// @param workers the threads, which the caller closes
  /// @param steps makes what computes its steps
  /// @throws IOException if the images cannot be read, or are others than the run's
  public Trainer trainer(Optional<ImageDataset> images, Workers workers, BatchStep.Factory steps)
      throws IOException {
    RunDirectory directory = new RunDirectory(Path.of(run));
    TrainingSettings all = TrainingSettings.parse(settings, directory.config());
    Optional<ImageClusters> classes = Optional.ofNullable(clusters);
    return new TrainingPlan(
            all,
            SchedulerConfig.parse(scheduler, scheduler(directory.path())),
            UNetConfigFile.parse(network, network(directory.path())),
            RunImages.of(directory, all, images, classes, workers),
            classes,
            Optional.empty())
        .trainer(workers, steps);
  }
}
