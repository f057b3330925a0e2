package haze.benchmarks;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How many random numbers a second one thread draws: every training step needs as many normal
/// numbers as its batch has pixels, so they must cost little beside the network.
///
/// A call fills the tensor with the same stream as the call before it. The generator keeps no state,
/// so every call does the same work from the start.
// Throughput, since the question is "numbers a second".
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
// A score is per number, not per call.
@OperationsPerInvocation(RngBenchmark.NUMBERS)
// C2 has compiled these loops within the first second; the other two show that the score is level.
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
// Three JVMs: C2 may compile the same code differently in each, a spread that one JVM hides.
@Fork(3)
// One tensor for each measuring thread: -t 2 measures two threads, not one cache line between them.
@State(Scope.Thread)
public class RngBenchmark {
  /// A batch of 64 images of MNIST's size.
  static final int NUMBERS = 64 * 28 * 28;

  private final Rng rng = new Rng(1, 2, 3, 4);
  private final Tensor out = Tensor.zeros(64, 28, 28, 1);

  // Each benchmark returns the tensor; JMH consumes it, so that no store is dead code.

  @Benchmark
  public Tensor uniform() {
    return rng.uniform(out);
  }

  @Benchmark
  public Tensor normal() {
    return rng.normal(out);
  }
}
