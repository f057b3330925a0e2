package haze.diffusion.cli;

import haze.diffusion.evaluation.bound.BoundChart;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.StoredBound;
import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
    Map<String, StoredBound> bounds = new LinkedHashMap<>();
    for (Path directory : directories) {
      String name = BoundTable.name(directory);
      // Runs may have the same name in different places.
      bounds.put(bounds.containsKey(name) ? directory.toString() : name, files(directory).read());
    }
    PrintWriter console = spec.commandLine().getOut();
    BoundTable.of(bounds).forEach(console::println);
    BoundChart.of(bounds).write(file);
    picture.written(file);
    return 0;
  }

  private static BoundFiles files(Path directory) throws BadFileException {
    BoundFiles own = new BoundFiles(directory);
    BoundFiles ofRun = BoundFiles.of(directory);
    if (Files.exists(own.json())) {
      return own;
    }
    if (!Files.exists(ofRun.json())) {
      throw new BadFileException(
          directory, "no bound was measured there: haze evaluate " + directory + " does it");
    }
    return ofRun;
  }
}
