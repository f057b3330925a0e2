package haze.diffusion.cli;

import haze.diffusion.training.Setting;
import haze.diffusion.training.TrainingRequest;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// Rows of [haze.diffusion.training.Settings] as options of a command.
public final class SettingOptions {
  private SettingOptions() {}

  /// {@return the option of a row, if it has one}
  public static Optional<OptionSpec> option(Setting<?> row) {
    return row.option()
        .map(
            name ->
                OptionSpec.builder(name)
                    .type(row.type())
                    .paramLabel(row.label())
                    .negatable(row.isNegatable())
                    .description(row.help().toArray(String[]::new))
                    .build());
  }

  /// {@return a request with the values of the options that are given}
  public static TrainingRequest with(
      TrainingRequest request, List<Setting<?>> rows, ParseResult options) {
    TrainingRequest complete = request;
    for (Setting<?> row : rows) {
      complete = with(complete, row, options);
    }
    return complete;
  }

  private static <T> TrainingRequest with(
      TrainingRequest request, Setting<T> row, ParseResult options) {
    return row.option()
        .filter(options::hasMatchedOption)
        .map(name -> request.with(row, row.type().cast(options.matchedOptionValue(name, null))))
        .orElse(request);
  }
}
