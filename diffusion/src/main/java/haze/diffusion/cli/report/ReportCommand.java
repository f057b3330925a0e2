package haze.diffusion.cli.report;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.report.RunReport;
import haze.diffusion.terminal.Interrupt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze report`: a run as a page of HTML.
@Command(
    name = "report",
    description = {
      "Writes a page about a run.",
      "Charts of the loss and of all else that the run measures, its samples over time, its"
          + " configuration and the machine: one file of HTML, which opens without a network. A run"
          + " writes it itself at each grid of samples and when it ends."
    })
public final class ReportCommand implements Callable<Integer> {
  private static final Pattern END = Pattern.compile("(?i)\\.html?$");

  @Parameters(paramLabel = "RUN", description = "the directory of a run, which may be going on")
  private Path run = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE.html",
      description = "where the page goes, replaced if it exists (default: report.html of the run)")
  private @Nullable Path out;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  ReportCommand() {}

  @Override
  public Integer call() throws IOException {
    RunReport report = RunReport.of(run);
    Path file = out == null ? run.resolve(RunReport.FILE) : out;
    if (!Files.isDirectory(file) && !END.matcher(file.toString()).find()) {
      throw new RequestException("out", "is " + file + ", expected a name that ends in .html");
    }
    AtomicFile.prepare(file);
    try (Interrupt _ = Interrupt.delay()) {
      report.write(file);
    }
    ConsoleOptions.of(spec).wrote(file);
    return 0;
  }
}
