package haze.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A result with its rates a second, beside what it is to be compared with. NaN stands for what is
/// not known.
///
/// @param limit the machine's least time divided by the result's: 1 is the limit
/// @param timesScalar the scalar twin's time divided by the result's
/// @param timesPeer each peer's time, by its best variant, divided by the result's
/// @param doubts why not to rely on the row: marks of the result, and those of a twin or peer that
///   the result does not have itself
record Row(
    Result result,
    double flops,
    double bytes,
    double limit,
    double timesScalar,
    Map<String, Double> timesPeer,
    List<String> doubts) {

  /// The rows of a report: one for every result of Haze, except the scalar twins, which are in the
  /// row of their kernel. A twin or a peer without a counterpart has a row of its own, so that
  /// nothing that was measured is lost.
  ///
  /// @param results of all files; of two measurements of the same thing the later counts
  static List<Row> of(List<Result> results) {
    Map<String, Result> latest = new LinkedHashMap<>();
    results.forEach(result -> latest.put(result.key(), result));
    List<Result> all = new ArrayList<>(latest.values());
    Roofs roofs = Roofs.of(all);
    List<Result> subjects = all.stream().filter(r -> r.isHaze() && !r.isScalar()).toList();
    List<Row> rows = new ArrayList<>();
    for (Result result : all) {
      boolean compared = subjects.stream().anyMatch(subject -> isCounterpart(subject, result));
      if (subjects.contains(result)) {
        rows.add(of(result, all, roofs));
      } else if (!compared) {
        rows.add(of(result, List.of(), roofs));
      }
    }
    return rows;
  }

  private static Row of(Result result, List<Result> all, Roofs roofs) {
    Map<String, Result> fastest = new TreeMap<>();
    for (Result other : all) {
      if (isCounterpart(result, other)) {
        fastest.merge(other.source(), other, (a, b) -> a.seconds() <= b.seconds() ? a : b);
      }
    }
    List<String> doubts = new ArrayList<>(result.doubts().stream().map(Doubt::mark).toList());
    Map<String, Double> times = new TreeMap<>();
    fastest.forEach(
        (source, other) -> {
          times.put(source, other.seconds() / result.seconds());
          String name = other.isScalar() ? "scalar" : source;
          other.doubts().stream()
              .filter(doubt -> !result.doubts().contains(doubt))
              .forEach(doubt -> doubts.add(name + ": " + doubt.mark()));
        });
    Double scalar = times.remove(Result.HAZE);
    double flops = Double.NaN;
    double bytes = Double.NaN;
    double limit = Double.NaN;
    var work = Work.of(result.task(), result.params());
    if (work.isPresent()) {
      flops = positive(work.get().flops() / result.seconds());
      bytes = positive(work.get().bytes() / result.seconds());
      if (!Roofs.isRoof(result)) {
        limit = roofs.leastSeconds(work.get(), result.threads()) / result.seconds();
      }
    }
    return new Row(
        result, flops, bytes, limit, scalar == null ? Double.NaN : scalar, times, doubts);
  }

  /// Whether `other` is the scalar twin of a result of Haze, or the same task done by a peer.
  private static boolean isCounterpart(Result subject, Result other) {
    return (other.isScalar() || !other.isHaze())
        && subject.task().equals(other.task())
        && other.params().entrySet().containsAll(subject.params().entrySet());
  }

  private static double positive(double value) {
    return value > 0 ? value : Double.NaN;
  }
}
