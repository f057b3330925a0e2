package haze.diffusion.cli;

import haze.diffusion.io.JsonLine;
import haze.diffusion.io.Quantities;
import haze.diffusion.training.EmaSnapshots;
import haze.diffusion.training.RunDirectory;
import haze.nn.optim.EmaProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze average`: the average of a run's weights of another length.
@Command(
    name = "average",
    description =
        "Makes a model of a run whose weights are averaged over another length of the training,"
            + " from the snapshots that haze train --ema-snapshots keeps.",
    footer = {
      "",
      "The length is that of Karras et al. 2024: the standard deviation of the steps that are"
          + " averaged, as a part of the training. Try several, such as 0.03, 0.05, 0.1, 0.15, and"
          + " compare them by haze evaluate.",
      "",
      "Example:",
      "  haze average runs/a --length 0.1 --out a-0.1"
    })
final class AverageCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RUN", description = "the run")
  private Path run = Path.of("");

  @Option(
      names = "--length",
      paramLabel = "X",
      required = true,
      description =
          "length of the average, " + EmaProfile.LEAST_LENGTH + " to " + EmaProfile.GREATEST_LENGTH)
  private double length;

  @Option(
      names = "--step",
      paramLabel = "N",
      description = "the step that it is the average at (default: the last snapshot's)")
  private @Nullable Integer step;

  @Option(
      names = "--distance",
      paramLabel = "X",
      description =
          "how far the average's profile may be from the one wanted, as a part of 1 (default: "
              + EmaSnapshots.MOST_DISTANCE
              + "); what is farther is refused")
  private double distance = EmaSnapshots.MOST_DISTANCE;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "directory of the model, new or empty")
  private Path out = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  AverageCommand() {}

  @Override
  public Integer call() throws IOException {
    NewDirectory.require(out);
    EmaSnapshots.Average average =
        EmaSnapshots.average(
            new RunDirectory(run),
            length,
            step == null ? OptionalInt.empty() : OptionalInt.of(step),
            distance);
    average.save(out);
    ConsoleOptions console = ConsoleOptions.of(spec);
    if (average.distance() > EmaSnapshots.MOST_DISTANCE) {
      console.warn("this length needs more snapshots (haze train --ema-snapshots)");
    }
    console.result(
        "average",
        new JsonLine()
            .put("directory", out.toString())
            .put("length", length)
            .put("step", average.step())
            .put("snapshots", average.snapshots())
            .put("distance", average.distance()),
        String.format(
            Locale.ROOT,
            "average of length %s at step %d, of %s, its profile off by %s: %s",
            length,
            average.step(),
            Quantities.counted(average.snapshots(), "snapshot"),
            Quantities.percent(average.distance()),
            out));
    return 0;
  }
}
