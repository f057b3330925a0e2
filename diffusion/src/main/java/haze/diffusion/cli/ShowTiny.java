package haze.diffusion.cli;

import haze.diffusion.study.TinyReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `haze show tiny`: all of diffusion with points of the plane.
@Command(
    name = "tiny",
    description = {
      "Trains two tiny networks and samples them, in seconds.",
      "The whole of diffusion with points of the plane in the place of images: class"
          + " haze.diffusion.study.TinyDiffusion, to be read from top to bottom. Draws data,"
          + " samples and the paths of some points from noise to data, and prints how far samples"
          + " are from the data."
    })
final class ShowTiny implements Callable<Integer> {
  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "another seed gives other networks and samples (default: ${DEFAULT-VALUE})")
  private long seed;

  @Mixin private FigureOption picture;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowTiny() {}

  @Override
  public Integer call() throws IOException {
    Path file = picture.file();
    TinyReport report = TinyReport.train(seed);
    spec.commandLine().getOut().println(report.text());
    report.figure().write(file);
    picture.written(file);
    return 0;
  }
}
