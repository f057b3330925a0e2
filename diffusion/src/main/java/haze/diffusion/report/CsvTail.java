package haze.diffusion.report;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A file of comma-separated numbers that grows at its end: each line is read once. A line counts
/// when its end is there.
///
/// Who looks at a run wants to see what there is of it: a line that makes no sense is counted and
/// passed over, and a number that is none, or not finite, is NaN.
final class CsvTail {
  private static final String STEP = "step";

  /// Far more than a line has.
  private static final int BUFFER = 1 << 16;

  private static final int MAX_COLUMNS = 64;

  /// So much before the place up to which the file was read must be as it was. A run that goes on
  /// from a checkpoint replaces the file by a shorter one.
  private static final int WITNESSES = 256;

  private final Path file;
  private final Rows rows;
  private byte[] witnesses = {};
  private long offset;
  private List<String> names = List.of();
  private int stepColumn;
  private long lastStep = Long.MIN_VALUE;
  private long badLines;
  private long lines;
  private long firstBadLine;

  /// Takes what is read.
  interface Rows {
    /// The file is read from its beginning, for the first time or because it is another one; rows
    /// follow.
    ///
    /// @param columns their names without the step's
    void begin(List<String> columns);

    /// The next row.
    ///
    /// @param step greater than that of the row before
    /// @param values in the order of the names
    void row(long step, double[] values);
  }

  /// Reads nothing yet.
  CsvTail(Path file, Rows rows) {
    this.file = file;
    this.rows = rows;
  }

  /// Reads what is new. A file that is not there is empty.
  ///
  /// @throws IOException if the file cannot be read or has no column `step`; in one line
  void refresh() throws IOException {
    if (!Files.isRegularFile(file)) {
      restart();
      return;
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      if (!continues(in)) {
        restart();
      }
      byte[] buffer = new byte[BUFFER];
      in.seek(offset);
      int kept = 0;
      for (int read = in.read(buffer); read > 0; read = in.read(buffer, kept, BUFFER - kept)) {
        int used = lines(buffer, kept + read);
        kept += read - used;
        System.arraycopy(buffer, used, buffer, 0, kept);
        offset += used;
        if (kept == BUFFER) {
          throw new BadFileException(
              file, "line " + (lines + 1) + " is longer than " + BUFFER + " bytes");
        }
      }
      witnesses = new byte[(int) Math.min(offset, WITNESSES)];
      in.seek(offset - witnesses.length);
      in.readFully(witnesses);
    }
  }

  private boolean continues(RandomAccessFile in) throws IOException {
    if (in.length() < offset) {
      return false;
    }
    byte[] now = new byte[witnesses.length];
    in.seek(offset - witnesses.length);
    in.readFully(now);
    return Arrays.equals(now, witnesses);
  }

  private void restart() {
    if (offset > 0) {
      rows.begin(List.of());
    }
    offset = 0;
    witnesses = new byte[0];
    names = List.of();
    lastStep = Long.MIN_VALUE;
    badLines = 0;
    lines = 0;
  }

  /// Takes the whole lines at the beginning of a buffer.
  ///
  /// @return how many bytes they have
  private int lines(byte[] buffer, int length) throws IOException {
    int begin = 0;
    for (int i = 0; i < length; i++) {
      if (buffer[i] == '\n') {
        line(new String(buffer, begin, i - begin, StandardCharsets.UTF_8).stripTrailing());
        begin = i + 1;
      }
    }
    return begin;
  }

  private void line(String line) throws BadFileException {
    lines++;
    if (lines == 1) {
      header(line);
      return;
    }
    String[] fields = line.split(",", -1);
    double[] values = new double[names.size() - 1];
    double step = Double.NaN;
    for (int c = 0, v = 0; c < names.size(); c++) {
      double number = number(c < fields.length ? fields[c] : "");
      if (c == stepColumn) {
        step = number;
      } else {
        values[v++] = number;
      }
    }
    // A step that is NaN is not greater either.
    if (fields.length != names.size() || !(step > lastStep && step <= Integer.MAX_VALUE)) {
      if (badLines++ == 0) {
        firstBadLine = lines;
      }
      return;
    }
    lastStep = (long) step;
    rows.row(lastStep, values);
  }

  private void header(String line) throws BadFileException {
    names = List.of(line.split(",", -1));
    stepColumn = names.indexOf(STEP);
    if (names.size() > MAX_COLUMNS) {
      lines = 0;
      throw new BadFileException(
          file, "line 1: " + names.size() + " columns, expected at most " + MAX_COLUMNS);
    }
    if (stepColumn < 0) {
      lines = 0;
      throw new BadFileException(
          file, "line 1: no column step in '" + BadFileException.shown(line) + "'");
    }
    List<String> others = new ArrayList<>(names);
    others.remove(stepColumn);
    rows.begin(List.copyOf(others));
  }

  private static double number(String field) {
    try {
      return Double.parseDouble(field);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /// {@return what is wrong with lines that were passed over, in words; empty if none was}
  String problem() {
    return badLines == 0
        ? ""
        : file.getFileName()
            + ": "
            + (badLines == 1 ? "1 line makes" : badLines + " lines make")
            + " no sense, the first is line "
            + firstBadLine;
  }
}
