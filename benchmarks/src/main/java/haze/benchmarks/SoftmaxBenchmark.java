package haze.benchmarks;

import haze.tensor.Elementwise;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Softmax over rows.
public class SoftmaxBenchmark extends KernelBenchmark {
  /// `ROWSxLENGTH`: attention over 7x7 pixels of 16 images, and over 16x16 of one, as in larger
  /// networks.
  @Param({"784x49", "256x256"})
  String shape;

  private int rows;
  private int length;
  private Tensor x;
  private Tensor out;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 2);
    rows = sizes[0];
    length = sizes[1];
    x = normal(0, rows, length);
    out = Tensor.zeros(rows, length);
  }

  @Benchmark
  public Tensor softmax() {
    return Elementwise.softmax(memory.again(), x);
  }

  @Benchmark
  public Tensor softmaxScalar() {
    ScalarNetwork.softmax(rows, length, 1, array(x), 0, out.data(), 0);
    return out;
  }
}
