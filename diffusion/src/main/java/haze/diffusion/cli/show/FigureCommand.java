package haze.diffusion.cli.show;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.OutputFormat;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.terminal.Interrupt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command that draws a figure.
abstract class FigureCommand implements Callable<Integer> {
  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      description = {
        "where the figure goes, replaced if it exists",
        "(default: ${COMMAND-NAME}.png here, or ${COMMAND-NAME}-2.png, ... if it exists)"
      })
  private @Nullable Path out;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Makes the figure, and prints what else there is to tell.
  abstract Figure figure(ConsoleOptions console) throws IOException;

  @Override
  public final Integer call() throws IOException {
    Path file = out == null ? OutputFormat.freeName(Path.of(""), spec.name()) : out;
    if (OutputFormat.of(file).filter(OutputFormat.PNG::equals).isEmpty()) {
      throw new RequestException("out", "is " + file + ", expected a name that ends in .png");
    }
    AtomicFile.prepare(file);
    ConsoleOptions console = ConsoleOptions.of(spec);
    Figure figure = figure(console);
    try (Interrupt _ = Interrupt.delay()) {
      figure.write(file);
    }
    console.wrote(file);
    return 0;
  }
}
