package haze.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// What the machine can do at best, as measured in the same files: the limit of every other result
/// (Williams, Waterman and Patterson 2009, "Roofline").
///
/// @param flops floating-point operations a second of one core; NaN if not measured
/// @param bandwidth bytes a second, the best of copy, triad and update, by the size of the arrays
///   in bytes
record Roofs(double flops, NavigableMap<Double, Double> bandwidth) {
  private static final String ARITHMETIC = "ArithmeticRoofBenchmark.";
  private static final String MEMORY = "MemoryRoofBenchmark.";

  /// The roofs as a chart shows them.
  ///
  /// @param flops operations a second
  /// @param memory bytes a second, by the name of the level that gives them, the nearest first
  record Lines(double flops, Map<String, Double> memory) {}

  static Roofs of(List<Result> results) {
    double flops = Double.NaN;
    NavigableMap<Double, Double> bandwidth = new TreeMap<>();
    for (Result result : results) {
      var work = Work.of(result.kernel(), result.params());
      if (!result.isHaze() || work.isEmpty()) {
        continue;
      }
      if (result.kernel().startsWith(ARITHMETIC)) {
        flops = work.get().flops() / result.seconds();
      } else if (result.kernel().startsWith(MEMORY)) {
        double size = Double.parseDouble(result.params().get("kilobytes")) * 1024;
        bandwidth.merge(size, work.get().bytes() / result.seconds(), Math::max);
      }
    }
    return new Roofs(flops, bandwidth);
  }

  static boolean isRoof(Result result) {
    return result.kernel().startsWith(ARITHMETIC) || result.kernel().startsWith(MEMORY);
  }

  /// Whether both limits were measured, of computing and of moving data.
  boolean complete() {
    return !Double.isNaN(flops) && !bandwidth.isEmpty();
  }

  /// The bandwidth for arrays of this size: that of the next larger size measured, or of the
  /// largest.
  ///
  /// @return bytes a second; NaN if none was measured
  double bandwidthFor(double bytes) {
    if (bandwidth.isEmpty()) {
      return Double.NaN;
    }
    var next = bandwidth.ceilingEntry(bytes);
    return (next == null ? bandwidth.lastEntry() : next).getValue();
  }

  /// One line for each level of memory, at the best of its sizes; where the caches are unknown one
  /// for each size.
  Lines lines(Optional<Machine> machine) {
    Map<String, Double> memory = new LinkedHashMap<>();
    bandwidth.forEach(
        (size, best) -> {
          String level = machine.map(m -> m.level(size)).orElse("");
          memory.merge(level.isEmpty() ? Machine.bytes(size) : level, best, Math::max);
        });
    return new Lines(flops, memory);
  }

  /// The shortest time in which the machine could do a work, computing and moving data at once.
  ///
  /// @param threads cores at work; memory is shared
  /// @return seconds; NaN if a roof that matters was not measured
  double leastSeconds(Work work, int threads) {
    double computing = work.flops() == 0 ? 0 : work.flops() / (flops * threads);
    double moving = work.bytes() == 0 ? 0 : work.bytes() / bandwidthFor(work.bytes());
    // Math.max hands NaN on.
    return Math.max(computing, moving);
  }
}
