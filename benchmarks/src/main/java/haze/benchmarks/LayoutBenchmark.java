package haze.benchmarks;

import haze.tensor.Layout;
import haze.tensor.Resize;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Kernels that move pixels and compute next to nothing: doubling the resolution, its gradient,
/// joining a skip connection.
public class LayoutBenchmark extends KernelBenchmark {
  /// `NxCxHW`: a shard of 16 images of R1's middle level.
  @Param("16x64x14")
  String shape;

  private int n;
  private int c;
  private int hw;
  private Tensor x;
  private Tensor skip;
  private Tensor large;
  private Tensor out;
  private Tensor largeOut;
  private Tensor joined;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 3);
    n = sizes[0];
    c = sizes[1];
    hw = sizes[2];
    x = normal(0, n, hw, hw, c);
    skip = normal(1, n, hw, hw, c);
    large = normal(2, n, 2 * hw, 2 * hw, c);
    out = Tensor.zeros(n, hw, hw, c);
    largeOut = Tensor.zeros(n, 2 * hw, 2 * hw, c);
    joined = Tensor.zeros(n, hw, hw, 2 * c);
  }

  @Benchmark
  public Tensor upsample() {
    return Resize.nearest2x(memory.again(), x);
  }

  @Benchmark
  public Tensor upsampleScalar() {
    ScalarNetwork.nearest2x(n, hw, hw, c, array(x), largeOut.data());
    return largeOut;
  }

  @Benchmark
  public Tensor upsampleBackward() {
    return Resize.sum2x2(memory.again(), large, 1);
  }

  @Benchmark
  public Tensor upsampleBackwardScalar() {
    ScalarNetwork.sum2x2(n, hw, hw, c, array(large), out.data());
    return out;
  }

  @Benchmark
  public Tensor concat() {
    return Layout.concat(memory.again(), -1, x, skip);
  }

  @Benchmark
  public Tensor concatScalar() {
    ScalarNetwork.concat(n * hw * hw, c, c, array(x), array(skip), joined.data());
    return joined;
  }
}
