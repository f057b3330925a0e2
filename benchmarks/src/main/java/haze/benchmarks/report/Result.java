package haze.benchmarks.report;

import java.util.Map;
import java.util.Set;

/// One measurement: who computed what, of which size, and how long one operation took.
///
/// @param source who was measured: [#HAZE], or a peer's name
/// @param kernel class and method, `GemmBenchmark.plain`
/// @param params the benchmark's parameters, which say how large
/// @param error half of its confidence interval, relative to it; NaN if unknown
/// @param allocated bytes that an operation allocates on the heap; NaN if not measured
record Result(
    String source,
    String kernel,
    Map<String, String> params,
    double seconds,
    double error,
    double allocated,
    Set<Doubt> doubts,
    Origin origin) {
  static final String HAZE = "haze";
  private static final String TWIN = "Scalar";

  boolean isHaze() {
    return source.equals(HAZE);
  }

  boolean isScalar() {
    return isHaze() && kernel.endsWith(TWIN);
  }

  /// The task, by whichever kernel it is done: `forward` for `forwardWinograd` too.
  String task() {
    return kernel.replaceFirst("(Direct|Winograd|" + TWIN + ")$", "");
  }

  /// What tells this measurement from all others.
  String key() {
    return source + " " + kernel + " " + params;
  }

  /// The class, without the word that all classes have: `Gemm`.
  String topic() {
    return kernel.replaceFirst("(Benchmark)?\\..*", "");
  }

  /// The method, and who was measured if not Haze.
  String method() {
    return (isHaze() ? "" : source + " ") + kernel.replaceFirst(".*\\.", "");
  }

  /// How many threads share the work.
  int threads() {
    String threads = params.getOrDefault("threads", "1");
    return threads.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(threads) : 1;
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
