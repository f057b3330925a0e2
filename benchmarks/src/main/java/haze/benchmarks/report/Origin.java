package haze.benchmarks.report;

import java.util.Optional;

/// Where, when and on what a result was measured: the JDK or another engine, the JVM's options, the
/// begin of the run in ISO 8601, the commit of Haze's sources. A text is empty where the file does
/// not say.
record Origin(
    Optional<Machine> machine, String runtime, String options, String date, String commit) {
  static final Origin UNKNOWN = new Origin(Optional.empty(), "", "", "", "");
}
