package haze.benchmarks.report;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// Where results lie: each run's in a file of its own, which no later run overwrites.
///
/// A place is a file, which ends in `.json`, or a directory of files that are named for the time
/// (UTC) and for what was asked for: `2026-11-28T225248Z-GemmBenchmark.json`.
public final class ResultsPlace {
  /// Where results lie unless another place is named.
  public static final Path DEFAULT = Path.of("results");

  private static final String SUFFIX = ".json";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String NAME = "\\d{4}-\\d\\d-\\d\\dT\\d{6}Z-.*\\.json";
  private static final int LONGEST_NAME = 40;

  private ResultsPlace() {}

  /// The file for a new run, in a directory that exists.
  ///
  /// @param place a directory, made if there is none, or a new file
  /// @param patterns of the benchmarks' names; none means all
  /// @throws IOException if the file exists already, or the directory cannot be made
  public static Path newFile(Path place, List<String> patterns, Instant now) throws IOException {
    Path file = place;
    if (!place.toString().endsWith(SUFFIX)) {
      file = place.resolve(TIME.format(now) + "-" + name(patterns) + SUFFIX);
    }
    if (Files.exists(file)) {
      throw new IOException(
          file + ": exists; results are never overwritten: name another file, or a directory");
    }
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    return file;
  }

  /// The file itself, or of a directory the file of its latest run.
  ///
  /// @throws BadFileException if a directory has none
  static Path latest(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return place;
    }
    try (var files = Files.list(place)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).matches(NAME))
          .max(Path::compareTo)
          .orElseThrow(() -> new BadFileException(place, "no results of a run there"));
    }
  }

  private static String name(List<String> patterns) {
    String letters =
        String.join("-", patterns).replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
    return letters.isEmpty()
        ? "all"
        : letters.substring(0, Math.min(letters.length(), LONGEST_NAME));
  }
}
