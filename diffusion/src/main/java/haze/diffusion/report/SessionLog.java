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
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// What a run's sessions measure from time to time, `training/session.csv`: a line for the first
/// step and every ten seconds, with the memory of the process, for a leak shows over hours, and the
/// loss by noise level since the line before.
final class SessionLog {
  private static final String HEADER =
      "step,resident_mib,heap_mib,loss_quarter_1,loss_quarter_2,loss_quarter_3,loss_quarter_4";

  private static final Pattern LINE = Pattern.compile("(\\d{1,9})(,[0-9.eE+-]*){6}");
  private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long MAX_BYTES = 1L << 28;
  private static final String RESIDENT = "VmRSS:";
  private static final double MEBIBYTE = 1 << 20;
  private static final double KIBIBYTE = 1 << 10;

  private final Path file;
  private long written = System.nanoTime() - EVERY_NANOS;

  private SessionLog(Path file) {
    this.file = file;
  }

  static Path file(Path run) {
    return run.resolve("training").resolve("session.csv");
  }

  /// Begins the file, or goes on with it.
  ///
  /// @param completed the steps of the run; lines of later ones go
  /// @throws IOException if it cannot be read or written
  static SessionLog begin(Path run, int completed) throws IOException {
    Path file = file(run);
    List<String> lines = lines(file);
    StringBuilder kept = new StringBuilder(HEADER).append('\n');
    for (String line : lines) {
      var match = LINE.matcher(line);
      if (match.matches() && Integer.parseInt(match.group(1)) <= completed) {
        kept.append(line).append('\n');
      }
    }
    byte[] bytes = kept.toString().getBytes(StandardCharsets.ISO_8859_1);
    AtomicFile.write(file, out -> out.write(bytes));
    return new SessionLog(file);
  }

  /// Lines of what is no file, such as a pipe, or of more than sessions of years have, are lost.
  private static List<String> lines(Path file) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) <= MAX_BYTES
        ? Files.readAllLines(file, StandardCharsets.ISO_8859_1)
        : List.of();
  }

  /// Appends a line, if it is time.
  ///
  /// @param losses gives the losses by noise level since it was asked last
  /// @throws IOException if it cannot be written
  void stepped(int step, Supplier<List<Double>> losses) throws IOException {
    long now = System.nanoTime();
    if (now - written < EVERY_NANOS) {
      return;
    }
    written = now;
    Runtime runtime = Runtime.getRuntime();
    double heap = (runtime.totalMemory() - runtime.freeMemory()) / MEBIBYTE;
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%d,%s,%.1f", step, resident(), heap));
    for (double loss : losses.get()) {
      line.append(Double.isFinite(loss) ? String.format(Locale.ROOT, ",%.6g", loss) : ",");
    }
    Files.writeString(file, line.append('\n'), StandardOpenOption.APPEND);
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
