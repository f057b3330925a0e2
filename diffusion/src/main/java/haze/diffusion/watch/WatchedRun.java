package haze.diffusion.watch;

import haze.diffusion.report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One of the runs that a server shows, to any number of pages.
final class WatchedRun {
  /// As often the run's files are looked at, however many pages ask.
  private static final long REFRESH_NANOS = 500_000_000;

  private final int index;
  private final String name;
  private final RunReport report;
  private SortedMap<String, Path> pictures = new TreeMap<>();
  private long refreshed;

  /// @param index its place among the runs
  /// @param name what it is called
  WatchedRun(int index, String name, RunReport report) {
    this.index = index;
    this.name = name;
    this.report = report;
    refreshed = System.nanoTime() - REFRESH_NANOS;
  }

  /// {@return what a page needs}
  ///
  /// @param known the versions of metrics and validation that it has, with `~` between them;
  ///   anything else for everything
  synchronized Map<String, Object> json(String known) {
    if (System.nanoTime() - refreshed >= REFRESH_NANOS) {
      report.refresh();
      refreshed = System.nanoTime();
    }
    List<Map<String, Object>> samples = new ArrayList<>();
    SortedMap<String, Path> found = new TreeMap<>();
    report
        .samples()
        .forEach(
            (step, file) -> {
              String address = "/samples/" + index + "/" + step + "/" + time(file) + ".png";
              found.put(address, file);
              samples.add(Map.of("step", step, "src", address));
            });
    pictures = found;
    Map<String, Object> json = report.json(known, samples);
    json.put("name", name);
    return json;
  }

  /// A run that goes on from a checkpoint makes a grid again.
  private static long time(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  /// {@return the content of a sample grid; nothing if the address is none of one}
  ///
  /// @throws IOException if the file cannot be read
  Optional<byte[]> picture(String address) throws IOException {
    @Nullable Path file;
    synchronized (this) {
      file = pictures.get(address);
    }
    return file == null ? Optional.empty() : Optional.of(Files.readAllBytes(file));
  }
}
