package haze.diffusion.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where a command writes the picture that it draws.
final class FigureOption {
  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      description = {
        "where the picture goes, replaced if it exists",
        "(default: ${COMMAND-NAME}.png here, or ${COMMAND-NAME}-2.png, ... if it exists)"
      })
  private @Nullable Path out;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it.
  FigureOption() {}

  /// The file, which can be written.
  Path file() throws IOException {
    Path file = out == null ? Samples.freeName(Path.of(""), spec.name()) : out;
    if (Samples.of(file).filter(Samples.PNG::equals).isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--out is " + file + ", expected a name that ends in .png");
    }
    OutOption.requireWritable(file);
    return file;
  }

  /// Says where the picture is.
  void written(Path file) {
    spec.commandLine().getOut().println("wrote " + file);
  }
}
