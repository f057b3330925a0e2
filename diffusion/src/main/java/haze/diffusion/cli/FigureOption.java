package haze.diffusion.cli;

import haze.diffusion.figure.OutputFormat;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.pipeline.RequestException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Where a command writes the figure that it draws.
public final class FigureOption {
  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      description = {
        "where the figure goes, replaced if it exists",
        "(default: ${COMMAND-NAME}.png here, or ${COMMAND-NAME}-2.png, ... if it exists)"
      })
  private @Nullable Path out;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// The file, which can be written.
  public Path file() throws IOException {
    Path file = out == null ? OutputFormat.freeName(Path.of(""), spec.name()) : out;
    if (OutputFormat.of(file).filter(OutputFormat.PNG::equals).isEmpty()) {
      throw new RequestException("out", "is " + file + ", expected a name that ends in .png");
    }
    AtomicFile.requireWritable(file);
    return file;
  }

  /// Prints where the figure is.
  public void written(Path file) {
    spec.commandLine().getOut().println("wrote " + file);
  }
}
