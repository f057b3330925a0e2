package haze.diffusion.cli.show;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.cli.SettingOptions;
import haze.diffusion.figure.Figure;
import haze.diffusion.io.JsonLine;
import haze.diffusion.study.DataReport;
import haze.diffusion.training.Setting;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze data`: what a data set holds.
@Command(
    name = "data",
    description = {
      "Looks at a data set before a training.",
      "Prints how many images there are, of which size and classes, and which values; and draws a"
          + " contact sheet. The data and its options are those of haze train."
    },
    footer = {"", "Examples:", "  haze data mnist", "  haze data photos --size 64 --out sheet.png"},
    modelTransformer = DataCommand.Options.class)
public final class DataCommand extends FigureCommand {
  private static final int LOOKED = 1000;

  /// The options of haze train that say how data is read.
  private static final List<Setting<?>> ROWS =
      List.of(
          Settings.LABELS,
          Settings.RANGE,
          Settings.SIZE,
          Settings.COLOR,
          Settings.BACKGROUND,
          Settings.HELD_OUT);

  @Parameters(paramLabel = "mnist|PATH", description = "the images, as for haze train --data")
  private Path path = Path.of("");

  @Option(
      names = "--all",
      description = "read all images, so that all that cannot be read are named; else " + LOOKED)
  private boolean all;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  DataCommand() {}

  /// Adds [#ROWS].
  static final class Options implements IModelTransformer {
    /// Made by picocli.
    Options() {}

    @Override
    public CommandSpec transform(CommandSpec command) {
      ROWS.forEach(row -> SettingOptions.option(row).ifPresent(command::addOption));
      return command;
    }
  }

  @Override
  Figure figure(ConsoleOptions console) throws IOException {
    TrainingRequest request =
        SettingOptions.with(
            TrainingRequest.of(path).with(Settings.DATA, path.toString()),
            ROWS,
            spec.commandLine().getParseResult());
    DataReport report =
        DataReport.of(request.conditional().settings().source(), all ? Integer.MAX_VALUE : LOOKED);
    console.event("data", new JsonLine().putAll(report.json()));
    report.lines().forEach(console.text()::println);
    int multiple = request.preset().network().imageMultiple();
    report
        .survey()
        .ifPresent(survey -> console.text().println("train with  " + survey.suggestion(multiple)));
    return report.figure();
  }
}
