package haze.diffusion.bits;

import haze.tensor.VectorSupport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Check sums of all results, a row each: name, number of elements, and a check sum for each
/// sixteenth of the elements, so that a row shows where a result differs.
final class BitsTable {
  private static final int PARTS = 16;
  private static final String SEPARATOR = "\t";

  /// What a row says about a result.
  ///
  /// @param count number of elements
  /// @param sums hexadecimal, four digits a part
  record Row(int count, String sums) {
    private static final int DIGITS = 4;

    static Row of(float[] values) {
      StringBuilder sums = new StringBuilder();
      int part = part(values.length);
      for (int from = 0; from < values.length; from += part) {
        long hash = 0;
        for (int i = from; i < Math.min(from + part, values.length); i++) {
          hash = (hash ^ Float.floatToIntBits(values[i])) * 0x9E3779B97F4A7C15L;
          hash ^= hash >>> 32;
        }
        sums.append(String.format("%04x", hash >>> 16 & 0xFFFF));
      }
      return new Row(values.length, sums.toString());
    }

    private static int part(int count) {
      return Math.ceilDiv(count, PARTS);
    }

    /// Where another result of the same operation differs first.
    String firstDifference(Row other) {
      if (count != other.count) {
        return other.count + " elements instead of " + count;
      }
      int from = 0;
      while (sums.regionMatches(from, other.sums, from, DIGITS)) {
        from += DIGITS;
      }
      int first = from / DIGITS * part(count);
      int last = Math.min(first + part(count), count) - 1;
      return "the first element that differs is " + (first == last ? first : first + " to " + last);
    }
  }

  private BitsTable() {}

  static List<Result> results(int threads) {
    return Stream.of(KernelResults.all(), new NetworkResults(threads).all())
        .flatMap(List::stream)
        .toList();
  }

  /// {@return the table that is checked in}
  static Map<String, Row> stored() throws IOException {
    Map<String, Row> rows = new LinkedHashMap<>();
    try (var in = Objects.requireNonNull(BitsTable.class.getResourceAsStream("bits.txt"));
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      reader.lines().forEach(line -> parse(line, rows));
    }
    return rows;
  }

  static void parse(String line, Map<String, Row> rows) {
    String[] cells = line.split(SEPARATOR);
    rows.put(cells[0], new Row(Integer.parseInt(cells[1]), cells[2]));
  }

  static List<String> lines(int threads) {
    List<String> lines = new ArrayList<>();
    for (Result result : results(threads)) {
      Row row = Row.of(result.values().get());
      lines.add(String.join(SEPARATOR, result.name(), Integer.toString(row.count), row.sums));
    }
    return lines;
  }

  /// Prints the width of this JVM's vectors, then the table or the values of one result as bits.
  ///
  /// @param args the number of threads, and the name of a result
  public static void main(String[] args) {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int threads = Integer.parseInt(args[0]);
    out.println(VectorSupport.bits());
    if (args.length == 1) {
      lines(threads).forEach(out::println);
    } else {
      for (float value : values(args[1], threads)) {
        out.println(Float.floatToIntBits(value));
      }
    }
  }

  static float[] values(String name, int threads) {
    return results(threads).stream()
        .filter(result -> result.name().equals(name))
        .findFirst()
        .orElseThrow()
        .values()
        .get();
  }
}
