package haze.diffusion.cli;

import haze.diffusion.training.Metrics;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.TrainingCharts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `haze show training`: how a training went, or goes.
@Command(
    name = "training",
    description = "Draws how a training went: loss, gradient and learning rate.")
final class ShowTraining implements Callable<Integer> {
  @Parameters(paramLabel = "DIRECTORY", description = "a run of haze train; it may still go on")
  private Path directory;

  @Mixin private FigureOption picture;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowTraining() {}

  @Override
  public Integer call() throws IOException {
    Path file = picture.file();
    TrainingCharts.of(Metrics.read(new RunDirectory(directory))).write(file);
    picture.written(file);
    return 0;
  }
}
