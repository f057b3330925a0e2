package haze.diffusion.cli.train;

import haze.diffusion.cli.SettingOptions;
import haze.diffusion.training.Setting;
import haze.diffusion.training.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The options of `haze train`: one for each row of [Settings], and those of the command.
///
/// The help has them in groups, which are no `ArgGroupSpec`: in those an option may be repeated.
final class TrainOptions implements IModelTransformer {
  static final String OUT = "--out";
  static final String RESUME = "--resume";
  static final String THREADS = "--threads";
  static final String DRY_RUN = "--dry-run";
  static final String SPARK = "--spark";
  static final String EXECUTORS = "--executors";

  private final Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();

  /// Made by picocli.
  TrainOptions() {}

  @Override
  public CommandSpec transform(CommandSpec spec) {
    for (Setting<?> row : Settings.all()) {
      SettingOptions.option(row).ifPresent(option -> add(row.group(), option));
    }
    add(OUT, Path.class, "DIR", "directory of the run (default: runs/PRESET, or a free name)");
    add(RESUME, Boolean.class, "", "go on with the run in --out from its last checkpoint");
    add(DRY_RUN, Boolean.class, "", "show network, memory and time of the run, and write nothing");
    add(
        THREADS,
        Integer.class,
        "N",
        "the result does not depend on them (default: all processors)");
    add(
        SPARK,
        String.class,
        "MASTER",
        "train on Apache Spark, such as local[2] or spark://host:7077; the result does not depend"
            + " on it");
    add(
        EXECUTORS,
        Integer.class,
        "N",
        "of Spark, with --threads each (default of both with --spark: 1)");
    groups.values().forEach(options -> options.forEach(spec::addOption));
    spec.usageMessage().sectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, this::text);
    return spec;
  }

  private void add(String name, Class<?> type, String label, String help) {
    add(
        Setting.Group.RUN,
        OptionSpec.builder(name).type(type).paramLabel(label).description(help).build());
  }

  private void add(Setting.Group group, OptionSpec option) {
    groups.computeIfAbsent(group.title(), _ -> new ArrayList<>()).add(option);
  }

  private String text(Help help) {
    List<OptionSpec> rest = new ArrayList<>(help.commandSpec().options());
    groups.values().forEach(rest::removeAll);
    StringBuilder text = new StringBuilder();
    groups.forEach((title, options) -> text.append(text(help, title, options)));
    return text + text(help, "Help", rest);
  }

  private static String text(Help help, String title, List<OptionSpec> options) {
    List<OptionSpec> all = help.commandSpec().options();
    Help.Layout layout = help.createDefaultLayout(all, List.of(), help.colorScheme());
    layout.addAllOptions(options, help.parameterLabelRenderer());
    return String.format("%n%s:%n%s", title, layout);
  }
}
