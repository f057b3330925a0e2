package haze.diffusion.report;

import haze.diffusion.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The memory of the process that trains, `training/memory.csv`: a line for the first step and
/// every ten seconds, for a leak shows over hours.
final class MemoryLog {
  private static final String HEADER = "step,resident_mib,heap_mib";
  private static final Pattern LINE = Pattern.compile("(\\d{1,9}),[0-9.]*,[0-9.]+");
  private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final double MEBIBYTE = 1 << 20;
  private static final double KIBIBYTE = 1 << 10;

  private final Path file;
  private long written = System.nanoTime() - EVERY_NANOS;

  private MemoryLog(Path file) {
    this.file = file;
  }

  static Path file(Path run) {
    return run.resolve("training").resolve("memory.csv");
  }

  /// Begins the file, or goes on with it.
  ///
  /// @param completed the steps of the run; lines of later ones go
  /// @throws IOException if it cannot be read or written
  static MemoryLog begin(Path run, int completed) throws IOException {
    Path file = file(run);
    List<String> lines =
        Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
    StringBuilder kept = new StringBuilder(HEADER).append('\n');
    for (String line : lines) {
      var match = LINE.matcher(line);
      if (match.matches() && Integer.parseInt(match.group(1)) <= completed) {
        kept.append(line).append('\n');
      }
    }
    byte[] bytes = kept.toString().getBytes(StandardCharsets.ISO_8859_1);
    AtomicFile.write(file, out -> out.write(bytes));
    return new MemoryLog(file);
  }

  /// Appends a line, if it is time.
  ///
  /// @throws IOException if it cannot be written
  void stepped(int step) throws IOException {
    long now = System.nanoTime();
    if (now - written < EVERY_NANOS) {
      return;
    }
    written = now;
    Runtime runtime = Runtime.getRuntime();
    double heap = (runtime.totalMemory() - runtime.freeMemory()) / MEBIBYTE;
    String line = String.format(Locale.ROOT, "%d,%s,%.1f\n", step, resident(), heap);
    Files.writeString(file, line, StandardOpenOption.APPEND);
  }

  /// The resident memory of this process in MiB; empty where the system does not tell, as only
  /// Linux does in a file.
  private static String resident() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return "";
    }
    return Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1).stream()
        .filter(line -> line.startsWith(RESIDENT))
        .map(line -> line.replaceAll("\\D", ""))
        .map(text -> String.format(Locale.ROOT, "%.1f", Long.parseLong(text) / KIBIBYTE))
        .findFirst()
        .orElse("");
  }
}
