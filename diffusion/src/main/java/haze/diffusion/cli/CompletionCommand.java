package haze.diffusion.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/// `haze generate-completion`: the script by which bash and zsh complete commands, options, values
/// and names of files.
///
/// picocli makes it, of options that differ in two things from those of the command line. In its
/// script the values of an option have the name of its label, so that of several options `NAME` all
/// would have the values of the last. And it completes files only for options of the type `Path`.
@Command(
    name = "generate-completion",
    description =
        "Prints a script that completes commands and options: source <(haze"
            + " generate-completion)")
final class CompletionCommand implements Callable<Integer> {
  private static final Pattern FILE = Pattern.compile("PATH|FILE|DIR|IMAGE");

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  CompletionCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    CommandLine haze = new Main().command(spec.commandLine().getErr());
    completable(haze);
    out.print(AutoComplete.bash(haze.getCommandName(), haze) + "\n");
    return 0;
  }

  private static void completable(CommandLine command) {
    command.getSubcommands().values().forEach(CompletionCommand::completable);
    CommandSpec options = command.getCommandSpec();
    for (OptionSpec option : List.copyOf(options.options())) {
      if (option.group() != null) {
        // Cannot be replaced, and has no values to choose from.
        continue;
      }
      if (option.completionCandidates() != null) {
        List<String> values =
            StreamSupport.stream(option.completionCandidates().spliterator(), false)
                .map(value -> value.toLowerCase(Locale.ROOT))
                .toList();
        options.remove(option);
        options.addOption(
            OptionSpec.builder(option)
                .paramLabel(option.longestName())
                .completionCandidates(values)
                .build());
      } else if (FILE.matcher(option.paramLabel()).find()) {
        options.remove(option);
        options.addOption(OptionSpec.builder(option.names()).type(Path.class).arity("1").build());
      }
    }
  }
}
