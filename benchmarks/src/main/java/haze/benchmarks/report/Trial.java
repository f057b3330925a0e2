package haze.benchmarks.report;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// How a score came about, as far as the file says.
///
/// @param forks JVMs; [#UNKNOWN] where it is no run of JMH
/// @param iterations measured in each; [#UNKNOWN] if the file does not say
/// @param warmUpSeconds NaN if unknown
/// @param wholeSteps whether an iteration is a single call, which is a whole step
/// @param raw the iterations' scores, the longer the slower, JVM after JVM; empty if unknown
record Trial(
    int forks, int iterations, double warmUpSeconds, boolean wholeSteps, List<Double> raw) {
  static final int UNKNOWN = -1;

  /// The slowest of the kernels, attention, is level after so many seconds.
  private static final double KERNEL_SECONDS = 1.5;

  /// A training step takes as long as the next after so many seconds.
  private static final double STEP_SECONDS = 5;

  private static final int FEWEST_FOR_A_TREND = 3;

  /// @param error relative to the score; NaN if unknown
  /// @param compiled whether a JIT compiler is at work in what is measured
  Set<Doubt> doubts(double error, boolean compiled) {
    Set<Doubt> doubts = EnumSet.noneOf(Doubt.class);
    if (iterations == 0 || iterations == 1) {
      doubts.add(Doubt.ONE_ITERATION);
    }
    if (forks == 0 || forks == 1) {
      doubts.add(Doubt.ONE_FORK);
    }
    if (error > Doubt.WIDEST) {
      doubts.add(Doubt.WIDE);
    }
    double needed = wholeSteps ? STEP_SECONDS : KERNEL_SECONDS;
    if (compiled && (warmUpSeconds < needed || falls())) {
      doubts.add(Doubt.COLD);
    }
    return doubts;
  }

  /// Whether in every JVM no iteration is slower than the one before it, and the first over 20 %
  /// slower than the last.
  private boolean falls() {
    if (iterations < FEWEST_FOR_A_TREND || raw.size() < iterations) {
      return false;
    }
    for (int first = 0; first + iterations <= raw.size(); first += iterations) {
      List<Double> jvm = raw.subList(first, first + iterations);
      if (jvm.getFirst() <= (1 + Doubt.WIDEST) * jvm.getLast()) {
        return false;
      }
      for (int i = 1; i < jvm.size(); i++) {
        if (jvm.get(i) > jvm.get(i - 1)) {
          return false;
        }
      }
    }
    return true;
  }
}
