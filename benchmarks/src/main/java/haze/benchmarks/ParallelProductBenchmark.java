package haze.benchmarks;

import haze.tensor.Parallel;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// One matrix product whose rows are divided between threads. Its scalar twin is that of
/// [GemmBenchmark].
public class ParallelProductBenchmark extends ParallelBenchmark {
  /// `MxNxK`: a large one, and one so small that waiting for each other costs a good part of it.
  @Param({"1024x1024x1024", "256x256x256"})
  String shape;

  private Tensor a;
  private Tensor b;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 3);
    a = normal(0, sizes[0], sizes[2]);
    b = normal(1, sizes[2], sizes[1]);
    startWorkers();
  }

  @Benchmark
  public Tensor multiply() {
    return Parallel.multiply(workers, a, false, b, false);
  }
}
