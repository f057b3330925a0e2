package haze.benchmarks.report;

import java.util.Map;

/// One measurement: who computed what, of which size, and how long one operation took.
///
/// @param source who was measured: [#HAZE], or a peer's name
/// @param kernel class and method, `GemmBenchmark.plain`
/// @param params the benchmark's parameters, which say how large
/// @param seconds time of an operation
/// @param error half of its confidence interval, relative to it; NaN if unknown
/// @param allocated bytes that an operation allocates on the heap; NaN if not measured
/// @param vm the Java that it ran on; empty if none
record Result(
    String source,
    String kernel,
    Map<String, String> params,
    double seconds,
    double error,
    double allocated,
    String vm) {
  static final String HAZE = "haze";
  private static final String TWIN = "Scalar";

  boolean isHaze() {
    return source.equals(HAZE);
  }

  boolean isScalar() {
    return isHaze() && kernel.endsWith(TWIN);
  }

  /// The task, whichever way it is done: `forward` for `forwardWinograd` too.
  String task() {
    return kernel.replaceFirst("(Direct|Winograd|" + TWIN + ")$", "");
  }

  /// What tells this measurement from all others.
  String key() {
    return source + " " + kernel + " " + params;
  }

  /// The name without the word that all names have.
  String label() {
    return (isHaze() ? "" : source + " ") + kernel.replace("Benchmark.", ".");
  }

  /// The values of the parameters.
  String size() {
    return String.join(
        " ",
        params.entrySet().stream()
            .map(
                p ->
                    p.getKey().equals("shape") || p.getKey().equals("workload")
                        ? p.getValue()
                        : p.getValue() + " " + p.getKey())
            .toList());
  }
}
