package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a run's steps did, as its `metrics.csv` tells: to draw it. Steps that were not applied,
/// whose loss or gradient is not finite, stand apart: all numbers of the others are finite.
///
/// @param steps the numbers of the steps that were applied, rising
/// @param losses the loss of each step's batch
/// @param gradientNorms the gradient's norm before it was clipped
/// @param learningRates the learning rate of the update
/// @param milliseconds how long each step took; empty if the file has no such column
/// @param refused the numbers of the steps that were not applied, rising
@SuppressWarnings("ArrayRecordComponent") // A bundle of columns; nobody compares two.
public record Metrics(
    double[] steps,
    double[] losses,
    double[] gradientNorms,
    double[] learningRates,
    double[] milliseconds,
    double[] refused) {
  /// Some millions of steps; more would not fit a chart.
  private static final long MAX_BYTES = 1L << 28;

  private static final List<String> COLUMNS =
      List.of("step", "loss", "gradient_norm", "learning_rate");

  private static final String MILLISECONDS = "ms";

  /// What a step has that was not applied, as [Double#toString] writes it.
  private static final List<String> NOT_FINITE = List.of("NaN", "Infinity", "-Infinity");

  private static final List<String> MAY_BE_INFINITE = List.of("loss", "gradient_norm");

  /// Reads the metrics of a run. Columns are found by their names; others may be there. A line that
  /// a crash has cut short is left out.
  ///
  /// @param run the run
  /// @return what its steps did, of which at least one was applied
  /// @throws IOException if the file can't be read or is damaged; in one line, naming the place
  public static Metrics read(RunDirectory run) throws IOException {
    return read(run.metrics());
  }

  static Metrics read(Path file) throws IOException {
    requireReadable(file);
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new BadFileException(file, "is not a text in UTF-8");
    }
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (!lines.isEmpty() && !text.endsWith("\n")) {
      lines.removeLast();
    }
    if (lines.isEmpty()) {
      throw new BadFileException(file, "has no header, expected " + String.join(",", COLUMNS));
    }
    int[] columns = columns(file, lines.getFirst());
    if (lines.size() == 1) {
      throw new BadFileException(file, "has no line for a step yet");
    }
    int timed = Arrays.asList(lines.getFirst().split(",", -1)).indexOf(MILLISECONDS);
    List<double[]> applied = new ArrayList<>();
    List<Double> refused = new ArrayList<>();
    double last = Double.NEGATIVE_INFINITY;
    for (int i = 1; i < lines.size(); i++) {
      double[] row = row(file, i + 1, lines.get(i).split(",", -1), columns, timed);
      if (!(row[0] > last)) {
        throw new BadFileException(file, "line " + (i + 1) + ": the step does not rise");
      }
      last = row[0];
      if (Double.isFinite(row[1]) && Double.isFinite(row[2])) {
        applied.add(row);
      } else {
        refused.add(last);
      }
    }
    if (applied.isEmpty()) {
      throw new BadFileException(file, "has no step with a finite loss and gradient");
    }
    return new Metrics(
        column(applied, 0),
        column(applied, 1),
        column(applied, 2),
        column(applied, 3),
        timed < 0 ? new double[0] : column(applied, COLUMNS.size()),
        refused.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double[] row(Path file, int line, String[] fields, int[] columns, int timed)
      throws IOException {
    double[] row = new double[columns.length + (timed < 0 ? 0 : 1)];
    for (int c = 0; c < columns.length; c++) {
      row[c] = number(file, line, COLUMNS.get(c), fields, columns[c]);
    }
    if (timed >= 0) {
      row[columns.length] = number(file, line, MILLISECONDS, fields, timed);
    }
    return row;
  }

  private static double[] column(List<double[]> rows, int column) {
    return rows.stream().mapToDouble(row -> row[column]).toArray();
  }

  /// Checks that a file can be read to its end, and fits into memory.
  ///
  /// @throws IOException if there is none, or it is no file (a directory, a pipe) or too large
  static void requireReadable(Path file) throws IOException {
    long bytes = Files.size(file);
    if (!Files.isRegularFile(file)) {
      throw new BadFileException(file, "is not a file");
    }
    if (bytes > MAX_BYTES) {
      throw new BadFileException(file, "has " + bytes + " bytes, expected at most " + MAX_BYTES);
    }
  }

  private static int[] columns(Path file, String header) throws IOException {
    List<String> names = Arrays.asList(header.split(",", -1));
    int[] columns = new int[COLUMNS.size()];
    for (int c = 0; c < columns.length; c++) {
      columns[c] = names.indexOf(COLUMNS.get(c));
      if (columns[c] < 0) {
        throw new BadFileException(
            file,
            "line 1: no column " + COLUMNS.get(c) + " in '" + BadFileException.shown(header) + "'");
      }
    }
    return columns;
  }

  private static double number(Path file, int line, String name, String[] fields, int column)
      throws IOException {
    String field = column < fields.length ? fields[column] : "";
    try {
      double number = Double.parseDouble(field);
      if (Double.isFinite(number)
          || (MAY_BE_INFINITE.contains(name) && NOT_FINITE.contains(field))) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Complained about below, together with what is no finite number.
    }
    throw new BadFileException(
        file,
        "line "
            + line
            + ": "
            + name
            + " is '"
            + BadFileException.shown(field)
            + "', expected a number");
  }
}
