package haze.benchmarks;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Elementwise functions with an exponential: the kernels' own polynomial against `Math.exp`.
public class ActivationBenchmark extends KernelBenchmark {
  /// A shard of 16 images of R1's finest level.
  @Param("401408")
  String elements;

  private Tensor x;
  private Tensor dy;
  private Tensor out;

  @Setup
  public void setUp() {
    int size = Integer.parseInt(elements);
    x = normal(0, size);
    dy = normal(1, size);
    out = Tensor.zeros(size);
  }

  @Benchmark
  public Tensor exp() {
    return Elementwise.exp(memory.again(), x);
  }

  @Benchmark
  public Tensor expScalar() {
    ScalarNetwork.exp(array(x), out.data());
    return out;
  }

  @Benchmark
  public Tensor silu() {
    return Elementwise.silu(memory.again(), x);
  }

  @Benchmark
  public Tensor siluScalar() {
    ScalarNetwork.silu(array(x), out.data());
    return out;
  }

  @Benchmark
  public Tensor siluBackward() {
    return Elementwise.siluBackward(memory.again(), x, dy);
  }

  @Benchmark
  public Tensor siluBackwardScalar() {
    ScalarNetwork.siluBackward(array(x), array(dy), out.data());
    return out;
  }
}
