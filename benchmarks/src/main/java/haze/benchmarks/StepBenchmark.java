package haze.benchmarks;

import haze.tensor.Workers;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How whole steps are measured: a step takes a good part of a second, so that each is an iteration
/// of its own.
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
// Hundreds of kernels have to be compiled before a step takes no longer than the next: about thirty
// steps.
@Warmup(iterations = 30)
@Measurement(iterations = 15)
// Two JVMs and the Vector API, for the same reasons as in KernelBenchmark.
@Fork(value = 2, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
// JMH measures with one thread; the threads of a step are the program's own workers.
@State(Scope.Benchmark)
public abstract class StepBenchmark {
  @Param({"1", "2"})
  int threads;

  private Workers workers;

  Workers startWorkers() {
    workers = new Workers(threads);
    return workers;
  }

  @TearDown
  public void stopWorkers() {
    workers.close();
  }
}
