package haze.diffusion.cli;

import haze.diffusion.study.ChainReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `haze show chain`: a Markov chain of three states.
@Command(
    name = "chain",
    description = {
      "Shows what a Markov chain is, by tomorrow's weather.",
      "Tomorrow's weather depends on today's alone. Prints the chain's matrix, how it forgets where"
          + " it began, and that what was before today does not matter; draws the distributions of"
          + " the days to come."
    })
final class ShowChain implements Callable<Integer> {
  /// The walk is in memory.
  private static final int MAX_DAYS = 10_000_000;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "100000",
      description = "how many days to simulate (default: ${DEFAULT-VALUE})")
  private int days;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "another seed gives other weather (default: ${DEFAULT-VALUE})")
  private long seed;

  @Mixin private FigureOption picture;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowChain() {}

  @Override
  public Integer call() throws IOException {
    if (days < 1 || days > MAX_DAYS) {
      throw new ParameterException(
          spec.commandLine(), "--days is " + days + ", expected 1 to " + MAX_DAYS);
    }
    Path file = picture.file();
    ChainReport report = ChainReport.simulate(days, seed);
    spec.commandLine().getOut().println(report.text());
    report.figure().write(file);
    picture.written(file);
    return 0;
  }
}
