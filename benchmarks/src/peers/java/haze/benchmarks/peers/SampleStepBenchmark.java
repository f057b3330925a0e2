package haze.benchmarks.peers;

import haze.benchmarks.Workload;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// libtorch's denoising step without gradients beside [haze.benchmarks.SampleStepBenchmark].
public class SampleStepBenchmark extends StepBenchmark {
  @Param("R1")
  Workload workload;

  @Setup
  public void setUp() throws IOException {
    setUp(workload);
  }

  @Benchmark
  public void sample() {
    predict().close();
  }
}
