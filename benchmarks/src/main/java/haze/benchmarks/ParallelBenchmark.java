package haze.benchmarks;

import haze.tensor.Workers;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/// How single large operations are measured that share their work between threads,
/// [haze.tensor.Parallel]: like any kernel, on 1 and 2 threads. Each result has fresh memory, as it
/// has for a caller.
public abstract class ParallelBenchmark extends KernelBenchmark {
  @Param({"1", "2"})
  int threads;

  Workers workers;

  void startWorkers() {
    workers = new Workers(threads);
  }

  @TearDown
  public void stopWorkers() {
    workers.close();
  }
}
