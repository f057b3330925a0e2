/// The command: [Main] reads the arguments, [Run] has JMH measure and stores each result with what
/// it was measured on.
package haze.benchmarks.run;
