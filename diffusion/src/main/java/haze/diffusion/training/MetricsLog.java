package haze.diffusion.training;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.nn.file.Disk;
import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A run's `metrics.csv` as it is written: a header, and a line a step. Lines go to the operating
/// system at once, and are forced before each checkpoint: it never has steps without lines.
final class MetricsLog {
  static final String HEADER = "step,loss,gradient_norm,learning_rate,ms";

  /// A line, without its end.
  private static final Pattern LINE =
      Pattern.compile("\\d{1,9}(,(-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?|NaN|-?Infinity)){4}");

  private static final Pattern ANOTHER_HEADER = Pattern.compile("[a-z_]+(,[a-z_]+)+");

  private final Path file;
  private final Disk disk;
  private boolean torn;

  MetricsLog(Path file, Disk disk) {
    this.file = file;
    this.disk = disk;
  }

  /// Begins with the header alone.
  void create() throws IOException {
    write(List.of(HEADER));
  }

  private void write(List<String> lines) throws IOException {
    byte[] text = joined(lines).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(disk, file, out -> out.write(text));
  }

  private static String joined(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  /// What [#keep] will keep.
  ///
  /// @param lines with the header
  /// @param later how many lines of later steps there are
  /// @param damaged how many others
  /// @param isWhole whether the file has the kept lines and no other byte
  /// @param step the last step
  record Kept(List<String> lines, int later, int damaged, boolean isWhole, int step) {
    /// {@return what a person should know: what is removed, and what is missing}
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      int missing = step - (lines.size() - 1);
      if (later > 0) {
        notes.add(
            "metrics.csv: removes "
                + counted(later, "line")
                + " of steps after the checkpoint of step "
                + step
                + ", which are made again");
      }
      if (damaged > 0) {
        notes.add("warning: metrics.csv: removes " + counted(damaged, "damaged line"));
      }
      if (missing > 0) {
        notes.add("warning: metrics.csv: " + missing + " of " + step + " steps have no line");
      }
      return notes;
    }

    private static String counted(int count, String noun) {
      return count + " " + noun + (count == 1 ? "" : "s");
    }
  }

  /// {@return what of the file belongs to a run that goes on: the header, and whole lines of rising
  /// steps}
  ///
  /// @param lastStep the last step to keep
  /// @throws IOException if the file is something else than a text of a run, or cannot be read
  Kept read(int lastStep) throws IOException {
    List<String> kept = new ArrayList<>(List.of(HEADER));
    if (!Files.exists(file)) {
      return new Kept(kept, 0, 0, false, lastStep);
    }
    Metrics.requireReadable(file);
    String text;
    try {
      // Bytes that are no UTF-8 are characters of no line.
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw FileException.of(file, "cannot be read", e);
    }
    int later = 0;
    int damaged = 0;
    int last = 0;
    int begin = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
      String line = text.substring(begin, end).stripTrailing();
      boolean first = begin == 0;
      begin = end + 1;
      if (first && line.equals(HEADER)) {
        continue;
      }
      if (first && ANOTHER_HEADER.matcher(line).matches()) {
        throw new BadFileException(
            file, "line 1: is " + BadFileException.shown(line) + ", expected " + HEADER);
      }
      int step = LINE.matcher(line).matches() ? Integer.parseInt(line.split(",", 2)[0]) : 0;
      if (step > last && step <= lastStep) {
        kept.add(line);
        last = step;
      } else if (step > lastStep) {
        later++;
      } else {
        damaged++;
      }
    }
    if (begin < text.length()) {
      damaged++; // A line without its end.
    }
    return new Kept(kept, later, damaged, text.equals(joined(kept)), lastStep);
  }

  /// Leaves of the file what was read of it, which may be less.
  void keep(Kept kept) throws IOException {
    if (!kept.isWhole()) {
      write(kept.lines());
    }
  }

  /// Appends a step's line.
  ///
  /// @throws IOException if it cannot be written; the run must then be resumed
  void append(Trainer.Step step) throws IOException {
    byte[] line =
        String.format(
                Locale.ROOT,
                "%d,%.6g,%.6g,%.6g,%.1f\n",
                step.step(),
                step.loss(),
                step.gradientNorm(),
                step.learningRate(),
                step.milliseconds())
            .getBytes(StandardCharsets.UTF_8);
    try {
      if (!Files.exists(file)) {
        create();
      }
      try (Disk.Output out = disk.append(file)) {
        out.write(line, 0, line.length);
      }
    } catch (IOException e) {
      torn = true;
      throw FileException.of(file, "cannot be written", e);
    }
  }

  /// Returns when all lines are on the disk.
  ///
  /// @throws IOException if one is not
  void force() throws IOException {
    if (torn) {
      throw new FileException(file, "lacks the line of a step");
    }
    try (Disk.Output out = disk.append(file)) {
      out.force();
    } catch (IOException e) {
      throw FileException.of(file, "cannot be written", e);
    }
  }
}
