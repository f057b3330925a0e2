package haze.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// The report's tables, in Markdown that a terminal shows well too: one for every class of
/// benchmarks.
final class Tables {
  private static final String DOUBT = "doubt";

  private Tables() {}

  static String markdown(List<Row> rows) {
    Map<String, List<Row>> topics =
        rows.stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.result().topic(), LinkedHashMap::new, Collectors.toList()));
    StringBuilder text = new StringBuilder();
    topics.forEach(
        (topic, of) ->
            text.append("### ").append(topic).append("\n\n").append(table(of)).append('\n'));
    return text.toString();
  }

  /// A table of the columns that say anything about these rows.
  private static String table(List<Row> rows) {
    List<List<String>> columns = new ArrayList<>();
    add(columns, "benchmark", rows.stream().map(row -> row.result().method()).toList());
    add(columns, "size", rows.stream().map(row -> row.result().size()).toList());
    add(columns, "time", rows.stream().map(row -> time(row.result().seconds())).toList());
    numbers(columns, "±", rows, row -> row.result().error() * 100, "%.0f %%");
    numbers(columns, "GFLOP/s", rows, row -> row.flops() / 1e9, "");
    numbers(columns, "GB/s", rows, row -> row.bytes() / 1e9, "");
    numbers(columns, "% of limit", rows, row -> row.limit() * 100, "%.0f %%");
    numbers(columns, "x scalar", rows, Row::timesScalar, "");
    TreeSet<String> peers = new TreeSet<>();
    rows.forEach(row -> peers.addAll(row.timesPeer().keySet()));
    peers.forEach(
        peer ->
            numbers(
                columns,
                "x " + peer,
                rows,
                row -> row.timesPeer().getOrDefault(peer, Double.NaN),
                "%.2f"));
    numbers(columns, "B/op", rows, row -> row.result().allocated(), "%.0f");
    add(columns, DOUBT, rows.stream().map(row -> String.join(", ", row.doubts())).toList());
    return lines(columns);
  }

  /// @param format of a number; three significant digits if empty
  private static void numbers(
      List<List<String>> columns,
      String name,
      List<Row> rows,
      ToDoubleFunction<Row> value,
      String format) {
    add(
        columns,
        name,
        rows.stream()
            .map(
                row -> {
                  double number = value.applyAsDouble(row);
                  if (Double.isNaN(number)) {
                    return "";
                  }
                  return format.isEmpty()
                      ? significant(number)
                      : String.format(Locale.ROOT, format, number);
                })
            .toList());
  }

  private static void add(List<List<String>> columns, String name, List<String> cells) {
    if (cells.stream().anyMatch(cell -> !cell.isEmpty())) {
      List<String> column = new ArrayList<>(List.of(name));
      column.addAll(cells);
      columns.add(column);
    }
  }

  /// Text to the left, numbers to the right.
  private static String lines(List<List<String>> columns) {
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < columns.getFirst().size(); line++) {
      for (List<String> column : columns) {
        int width = column.stream().mapToInt(String::length).max().orElse(0);
        boolean left = isText(column.getFirst());
        text.append("| ")
            .append(
                String.format(
                    "%" + (left ? "-" : "") + width + "s", column.get(line).replace("|", "/")))
            .append(' ');
      }
      text.append("|\n");
      if (line == 0) {
        for (List<String> column : columns) {
          int width = column.stream().mapToInt(String::length).max().orElse(0);
          text.append('|')
              .append("-".repeat(width + 1))
              .append(isText(column.getFirst()) ? '-' : ':');
        }
        text.append("|\n");
      }
    }
    return text.toString();
  }

  private static boolean isText(String column) {
    return column.equals("benchmark") || column.equals("size") || column.equals(DOUBT);
  }

  /// A time in the unit that leaves one to three digits before the point.
  static String time(double seconds) {
    if (seconds >= 1) {
      return significant(seconds) + " s";
    }
    if (seconds >= 1e-3) {
      return significant(seconds * 1e3) + " ms";
    }
    return seconds >= 1e-6
        ? significant(seconds * 1e6) + " us"
        : significant(seconds * 1e9) + " ns";
  }

  /// Three significant digits, without an exponent.
  static String significant(double value) {
    int before = (int) Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))) + 1;
    return String.format(Locale.ROOT, "%." + Math.max(0, 3 - Math.max(before, 1)) + "f", value);
  }
}
