package haze.benchmarks;

import haze.tensor.Workers;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/// How lone large operations are measured that spread over threads, [haze.tensor.Parallel]: as any
/// kernel, on 1 and 2 threads. The results' memory is fresh, as it is for those who call it.
public abstract class SpreadBenchmark extends KernelBenchmark {
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
