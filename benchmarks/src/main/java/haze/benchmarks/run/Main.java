package haze.benchmarks.run;

import haze.benchmarks.report.Report;
import haze.benchmarks.report.ResultsPlace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.ProfilersFailedException;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/// The benchmarks' command line, `java -jar benchmarks.jar`:
///
/// ```text
/// [--results PLACE] JMH-ARGUMENTS...    measures; PLACE is a new .json file, or a directory
/// report [DIRECTORY [RESULTS...]]       writes tables and charts of results into DIRECTORY
/// ```
///
/// Without arguments it lists the benchmarks.
public final class Main {
  private static final int FAILURE = 1;
  private static final String REPORT = "report";
  private static final String PLACE = "--results";

  private Main() {}

  public static void main(String[] args) {
    try {
      System.exit(args.length > 0 && args[0].equals(REPORT) ? report(args) : measure(args));
    } catch (CommandLineOptionException | IOException e) {
      System.err.println(e.getMessage());
    } catch (NoBenchmarksException e) {
      System.err.println("no benchmark's name matches; without arguments all are listed");
    } catch (ProfilersFailedException e) {
      System.err.println(profilers(e));
    } catch (RunnerException e) {
      System.err.println(e.getMessage());
    }
    System.exit(FAILURE);
  }

  private static int report(String[] args) throws IOException {
    Path directory = Path.of(args.length > 1 ? args[1] : REPORT);
    Path[] results =
        args.length > 2
            ? Arrays.stream(args).skip(2).map(Path::of).toArray(Path[]::new)
            : new Path[] {ResultsPlace.DEFAULT};
    System.out.println(Report.write(directory, Arrays.asList(results)));
    return 0;
  }

  private static int measure(String[] args)
      throws CommandLineOptionException, IOException, RunnerException {
    Path place = ResultsPlace.DEFAULT;
    String[] jmh = args;
    if (args.length > 1 && args[0].equals(PLACE)) {
      place = Path.of(args[1]);
      jmh = Arrays.copyOfRange(args, 2, args.length);
    }
    var options = new CommandLineOptions(jmh.length == 0 ? new String[] {"-l"} : jmh);
    if (options.shouldHelp()
        || options.shouldList()
        || options.shouldListWithParams()
        || options.shouldListProfilers()
        || options.shouldListResultFormats()) {
      org.openjdk.jmh.Main.main(jmh.length == 0 ? new String[] {"-l"} : jmh);
      return 0;
    }
    return Run.of(options, place) ? 0 : FAILURE;
  }

  /// JMH hangs one exception for each profiler that cannot run onto the first.
  private static String profilers(ProfilersFailedException failed) {
    var text = new StringBuilder(String.valueOf(failed.getMessage()));
    for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
      text.append(System.lineSeparator()).append(cause.getMessage());
    }
    for (Throwable other : failed.getSuppressed()) {
      text.append(System.lineSeparator()).append(other.getMessage());
    }
    return text.toString();
  }
}
