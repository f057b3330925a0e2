package haze.benchmarks.report;

import java.util.Optional;

/// Where, when and on what a result was measured; a text is empty where the file does not say.
///
/// @param machine the computer
/// @param runtime the Java, or what else ran
/// @param options the JVM's
/// @param date when the run began, in ISO 8601
/// @param commit of Haze's sources
record Origin(
    Optional<Machine> machine, String runtime, String options, String date, String commit) {
  static final Origin UNKNOWN = new Origin(Optional.empty(), "", "", "", "");
}
