package haze.benchmarks.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Turns JMH's files into what people look at: tables on the terminal and in Markdown, and charts.
public final class Report {
  private static final int USAGE = 2;
  private static final int FAILURE = 1;

  private Report() {}

  /// Writes the report.
  ///
  /// @param args the directory to write into, then the files of results
  public static void main(String[] args) {
    if (args.length < 2) {
      System.err.println("usage: Report DIRECTORY RESULTS.json...");
      System.exit(USAGE);
    }
    try {
      System.out.println(
          write(Path.of(args[0]), Arrays.stream(args).skip(1).map(Path::of).toList()));
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(FAILURE);
    }
  }

  /// Reads results and writes `report.md` and the charts that they allow.
  ///
  /// @param directory where to; made if it does not exist
  /// @param files results; where two measure the same, the later counts
  /// @return what stands in `report.md`, and where the files are
  /// @throws IOException if a file can't be read, holds something else, or can't be written
  static String write(Path directory, List<Path> files) throws IOException {
    List<Result> results = new ArrayList<>();
    for (Path file : files) {
      results.addAll(ResultsFile.read(file));
    }
    List<Row> rows = Row.of(results);
    Roofs roofs = Roofs.of(results);
    String java =
        results.stream()
            .map(Result::vm)
            .filter(vm -> !vm.isEmpty())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    String text = (java.isEmpty() ? "" : java + "\n\n") + Tables.markdown(rows);
    Files.createDirectories(directory);
    Path report = directory.resolve("report.md");
    Files.writeString(report, text, StandardCharsets.UTF_8);
    List<Path> written = new ArrayList<>(List.of(report));
    written.addAll(Charts.write(directory, rows, roofs));
    return text
        + "written: "
        + written.stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
