package haze.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The beginning of a report: what was measured on, and what not to rely on.
final class Head {
  private Head() {}

  /// The first machine that the results name.
  static Optional<Machine> machine(List<Result> results) {
    return results.stream().flatMap(result -> result.origin().machine().stream()).findFirst();
  }

  static String of(List<Result> results, List<Row> rows, Roofs roofs) {
    List<String> lines = new ArrayList<>();
    lines.add("- machine: " + known(machines(results)));
    lines.add("- runtime: " + known(distinct(results, Origin::runtime)));
    lines.add("- JVM options: " + known(distinct(results, Origin::options)));
    lines.add("- date: " + dates(distinct(results, Origin::date)));
    lines.add("- commit: " + known(distinct(results, Origin::commit)));
    lines.add("");
    List<String> mixed = mixtures(results);
    if (!mixed.isEmpty()) {
      lines.add("**Mixed:** several " + String.join(", ", mixed) + ". Compare within one.");
      lines.add("");
    }
    long doubtful = rows.stream().filter(row -> !row.doubts().isEmpty()).count();
    if (doubtful > 0) {
      lines.add(String.format(Locale.ROOT, "**Doubtful:** %d of %d rows.", doubtful, rows.size()));
      lines.add("");
      for (Doubt doubt : Doubt.values()) {
        long count =
            rows.stream()
                .filter(row -> row.doubts().stream().anyMatch(d -> d.endsWith(doubt.mark())))
                .count();
        if (count > 0) {
          lines.add("- " + doubt.mark() + " (" + count + "): " + doubt.meaning());
        }
      }
      lines.add("");
    }
    if (!roofs.complete()) {
      List<String> missing = new ArrayList<>();
      if (Double.isNaN(roofs.flops())) {
        missing.add("`ArithmeticRoofBenchmark`");
      }
      if (roofs.bandwidth().isEmpty()) {
        missing.add("`MemoryRoofBenchmark`");
      }
      lines.add(
          "**No limits:** the results lack "
              + String.join(" and ", missing)
              + ". The roofline and % of limit need both: measure `RoofBenchmark` in the same"
              + " run.");
      lines.add("");
    }
    return String.join("\n", lines) + "\n";
  }

  private static String known(List<String> texts) {
    return texts.isEmpty() ? Machine.UNKNOWN : String.join("; ", texts);
  }

  private static String dates(List<String> dates) {
    List<String> sorted = dates.stream().sorted().toList();
    return sorted.size() < 2 ? known(sorted) : sorted.getFirst() + " to " + sorted.getLast();
  }

  /// One text for each processor; a script may say less of the same machine.
  private static List<String> machines(List<Result> results) {
    Map<String, String> byProcessor = new LinkedHashMap<>();
    results.stream()
        .flatMap(result -> result.origin().machine().stream())
        .forEach(machine -> byProcessor.putIfAbsent(machine.processor(), machine.describe()));
    return List.copyOf(byProcessor.values());
  }

  private static List<String> distinct(List<Result> results, Function<Origin, String> value) {
    return results.stream()
        .map(result -> value.apply(result.origin()))
        .filter(text -> !text.isEmpty())
        .distinct()
        .toList();
  }

  /// What should be one, for all results or for all of Haze, and is not.
  private static List<String> mixtures(List<Result> results) {
    List<Result> haze = results.stream().filter(Result::isHaze).toList();
    List<String> mixed = new ArrayList<>();
    if (machines(results).size() > 1) {
      mixed.add("machines");
    }
    if (distinct(haze, Origin::runtime).size() > 1) {
      mixed.add("JDKs");
    }
    if (distinct(haze, Origin::options).size() > 1) {
      mixed.add("JVM options");
    }
    if (distinct(haze, Origin::commit).size() > 1) {
      mixed.add("commits");
    }
    return mixed;
  }
}
