package haze.benchmarks;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/// How many random numbers a second one thread draws: every training step needs as many normal
/// numbers as its batch has pixels, so they must cost little beside the network.
///
/// A call fills the tensor with the same stream as the call before it. The generator keeps no
/// state, so every call does the same work from the start.
// Throughput, since the question is "numbers a second".
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
// A score is per number, not per call.
@OperationsPerInvocation(RngBenchmark.NUMBERS)
public class RngBenchmark extends KernelBenchmark {
  /// A batch of 64 images of MNIST's size.
  static final int NUMBERS = 64 * 28 * 28;

  private static final int SEED = 1;
  private static final int PURPOSE = 2;
  private static final int STEP = 3;
  private static final int IMAGE = 4;

  private final Rng rng = new Rng(SEED, PURPOSE, STEP, IMAGE);
  private final Tensor out = zeros(64, 28, 28, 1);
  private final Tensor plainOut = Tensor.zeros(64, 28, 28, 1);

  // Each benchmark returns the tensor; JMH consumes it, so that no store is dead code.

  @Benchmark
  public Tensor uniform() {
    return rng.uniform(out);
  }

  @Benchmark
  public Tensor uniformScalar() {
    ScalarPhilox.uniform(SEED, PURPOSE, STEP, IMAGE, plainOut.data());
    return plainOut;
  }

  @Benchmark
  public Tensor normal() {
    return rng.normal(out);
  }

  @Benchmark
  public Tensor normalScalar() {
    ScalarPhilox.normal(SEED, PURPOSE, STEP, IMAGE, plainOut.data());
    return plainOut;
  }
}
