package haze.diffusion.cli;

import haze.diffusion.evaluation.bound.BoundChart;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.StoredBound;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze show bound`: what `haze evaluate` measured of several models, side by side.
@Command(
    name = "bound",
    description =
        "Draws the variational bound of one or several models that haze evaluate has measured.")
final class ShowBound implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIRECTORY",
      arity = "1..*",
      description = "runs that haze evaluate has measured, or directories that it wrote to")
  private List<Path> directories;

  @Mixin private FigureOption picture;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowBound() {}

  @Override
  public Integer call() throws IOException {
    Path file = picture.file();
    Map<String, StoredBound> bounds = BoundFiles.readAll(directories);
    PrintWriter console = spec.commandLine().getOut();
    StoredBound.lines(bounds).forEach(console::println);
    BoundChart.of(bounds).write(file);
    picture.written(file);
    return 0;
  }
}
