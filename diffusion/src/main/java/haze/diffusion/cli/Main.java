package haze.diffusion.cli;

import haze.diffusion.cli.edit.DenoiseCommand;
import haze.diffusion.cli.edit.EncodeCommand;
import haze.diffusion.cli.edit.InpaintCommand;
import haze.diffusion.cli.edit.InterpolateCommand;
import haze.diffusion.cli.evaluate.EvaluateCommand;
import haze.diffusion.cli.report.ReportCommand;
import haze.diffusion.cli.report.WatchCommand;
import haze.diffusion.cli.show.DataCommand;
import haze.diffusion.cli.show.ShowCommand;
import haze.diffusion.cli.train.TrainCommand;
import haze.diffusion.data.image.Background;
import haze.diffusion.editing.MaskRegion;
import haze.diffusion.io.Choices;
import haze.diffusion.io.ProgramVersion;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.terminal.Failures;
import haze.tensor.VectorSupport;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command `haze`: what it shares with its subcommands, and how failures reach the user.
///
/// A failure is one line on standard error. The exit code is 0, 1 (it did not work) or 2 (wrong
/// usage).
@Command(
    name = "haze",
    description = "Diffusion models in pure Java.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT)
public final class Main implements Runnable {
  private static final long MEBIBYTE = 1 << 20;

  /// In the order of the help.
  private static final List<Class<?>> COMMANDS =
      List.of(
          TrainCommand.class,
          SampleCommand.class,
          InterpolateCommand.class,
          InpaintCommand.class,
          DenoiseCommand.class,
          EncodeCommand.class,
          EvaluateCommand.class,
          AverageCommand.class,
          DistillCommand.class,
          DataCommand.class,
          ShowCommand.class,
          StudyCommand.class,
          WatchCommand.class,
          ReportCommand.class,
          InfoCommand.class,
          HelpCommand.class,
          CompletionCommand.class);

  /// Those that need the others.
  private static final List<Class<?>> ABOUT_COMMANDS =
      List.of(HelpCommand.class, CompletionCommand.class);

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "print the stack trace of a failure")
  boolean verbose;

  @Mixin final ConsoleOptions console = new ConsoleOptions();

  @Spec CommandSpec spec;

  /// Made by picocli as well as by [#execute].
  @SuppressWarnings("NullAway.Init") // picocli sets the command.
  Main() {}

  /// Says which version this is, and on what it runs: what a report of a problem should begin with.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        ("haze " + ProgramVersion.get().orElse("")).stripTrailing(),
        "Java "
            + Runtime.version()
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch")
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors"
      };
    }
  }

  /// Starts the command and ends the JVM with its exit code.
  ///
  /// @param args its arguments
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /// Runs the command with the program's own output.
  ///
  /// @param args its arguments
  /// @return the exit code
  public static int run(String... args) {
    // Pictures are drawn in memory: no window system is needed, or started.
    System.setProperty("java.awt.headless", "true");
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    if (VectorSupport.hasFusedMultiplyAdd()) {
      VectorSupport.problem().ifPresent(problem -> err.println("haze: " + problem));
    } // else the commands that compute refuse
    return execute(new PrintWriter(System.out, true, System.out.charset()), err, args);
  }

  /// Runs the command.
  ///
  /// @param out what the command prints
  /// @param err failures
  /// @return the exit code
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    CommandLine command = main.command(err, needed(args)).setOut(out).setErr(err);
    try {
      return command.execute(args);
    } catch (OutOfMemoryError e) {
      long heap = Runtime.getRuntime().maxMemory() / MEBIBYTE;
      return main.failed(
          err,
          e,
          "out of memory: the heap is limited to "
              + heap
              + " MiB; for twice as much set the environment variable JDK_JAVA_OPTIONS=-Xmx"
              + 2 * heap
              + "m, or with Maven -Djvm.args=-Xmx"
              + 2 * heap
              + "m, where the machine has more memory than that");
    } finally {
      out.flush();
      err.flush();
    }
  }

  /// The commands that the command line is to know. All of them have hundreds of options, which
  /// take a quarter of a second: the one that the first argument names is enough.
  private static List<Class<?>> needed(String... args) {
    return COMMANDS.stream()
        .filter(_ -> args.length > 0)
        .filter(type -> args[0].equals(type.getAnnotation(Command.class).name()))
        .filter(type -> !ABOUT_COMMANDS.contains(type))
        .findFirst()
        .<List<Class<?>>>map(List::of)
        .orElse(COMMANDS);
  }

  /// The command line of this command, with all subcommands.
  ///
  /// @param err failures
  CommandLine command(PrintWriter err) {
    return command(err, COMMANDS);
  }

  private CommandLine command(PrintWriter err, List<Class<?>> commands) {
    CommandLine command = new CommandLine(this);
    // As command lines: picocli transforms the model of no other object that is added.
    commands.forEach(type -> command.addSubcommand(new CommandLine(type)));
    command
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setColorScheme(Help.defaultColorScheme(colors(System.getenv("TERM"))))
        .setResourceBundle(SamplerOptions.descriptions())
        .registerConverter(MaskRegion.class, MaskRegion::parse)
        .registerConverter(Background.class, Background::parse)
        .registerConverter(Path.class, Main::path)
        .setParameterExceptionHandler((e, _) -> wrongUsage(e))
        .setExecutionExceptionHandler(
            (e, subcommand, _) ->
                e instanceof RequestException request
                    ? wrongUsage(subcommand, request)
                    : failed(err, e, Failures.describe(e)));
    // For the shell, not for people: haze generate-completion.
    Optional.ofNullable(command.getSubcommands().get("generate-completion"))
        .ifPresent(completion -> completion.getCommandSpec().usageMessage().hidden(true));
    return command;
  }

  /// picocli itself leaves colors out with NO_COLOR, and where there is no terminal.
  static Help.Ansi colors(@Nullable String term) {
    return "dumb".equals(term) ? Help.Ansi.OFF : Help.Ansi.AUTO;
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "no file name in this locale: "
              + text
              + "; the environment variable LC_ALL=C.UTF-8 helps");
    }
  }

  private static int wrongUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String problem = Failures.oneLine(describe(e));
    command
        .getErr()
        .println(
            "haze: " + problem + "; see " + command.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static String describe(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      return describe(unmatched);
    }
    if (e.getArgSpec() != null && e.getValue() != null) {
      String expected = expected(e.getArgSpec().auxiliaryTypes()[0], e.getValue());
      if (!expected.isEmpty()) {
        String name =
            e.getArgSpec() instanceof OptionSpec option
                ? option.longestName()
                : e.getArgSpec().paramLabel();
        return name + " is " + e.getValue() + ", expected " + expected;
      }
    }
    // Of options that exclude each other picocli says so itself.
    return String.valueOf(e.getMessage()).replaceFirst("^Error: ", "");
  }

  /// What an option's value should have been; empty if the message says it.
  private static String expected(Class<?> type, String value) {
    if (List.of(Integer.class, int.class, Long.class, long.class).contains(type)) {
      return value.matches("[+-]?\\d+") ? "a number of fewer digits" : "a whole number";
    }
    if (List.of(Double.class, double.class).contains(type)) {
      return "a number";
    }
    if (List.of(Boolean.class, boolean.class).contains(type)) {
      return "no value, or true or false";
    }
    if (type == MaskRegion.class) {
      return MaskRegion.FORMS;
    }
    if (type == Background.class) {
      return Background.FORMS;
    }
    return type.isEnum()
        ? Choices.expected(
            value,
            Stream.of(type.getEnumConstants())
                .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                .toList())
        : "";
  }

  private static String describe(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    String what =
        argument.startsWith("-") ? "option" : spec.subcommands().isEmpty() ? "argument" : "command";
    return "there is no "
        + what
        + " '"
        + argument
        + "'"
        + Choices.similar(
                argument,
                argument.startsWith("-") ? spec.optionsMap().keySet() : spec.subcommands().keySet())
            .map(similar -> ", did you mean " + similar + "?")
            .orElse("");
  }

  /// What a request calls `steps` is the option `--steps`.
  private static int wrongUsage(CommandLine command, RequestException e) {
    return wrongUsage(
        new ParameterException(command, (e.isNamed() ? "--" : "") + e.getMessage(), e));
  }

  private int failed(PrintWriter err, Throwable e, String problem) {
    err.println("haze: " + problem);
    if (verbose) {
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /// Without a subcommand there is nothing to do.
  @Override
  public void run() {
    String visible =
        spec.subcommands().entrySet().stream()
            .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    throw new ParameterException(spec.commandLine(), "which command? " + visible);
  }
}
