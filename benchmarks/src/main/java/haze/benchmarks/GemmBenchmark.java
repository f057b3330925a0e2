package haze.benchmarks;

import haze.tensor.MatMul;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// The matrix product `C[m, n] = A B`, plain and with A or B stored transposed.
public class GemmBenchmark extends KernelBenchmark {
  /// `MxNxK`. Squares, by the largest of which libraries are compared; then the U-Net's own for a
  /// shard of 16 images of R1: the shortcut of a residual block at 28x28 and the gradient of its
  /// weights, at 14x14, at 7x7; a linear layer of attention and of the time embedding; queries by
  /// keys of one image.
  @Param({
    "64x64x64",
    "128x128x128",
    "256x256x256",
    "512x512x512",
    "1024x1024x1024",
    "12544x32x96",
    "96x32x12544",
    "3136x64x192",
    "784x128x256",
    "784x128x128",
    "16x128x128",
    "49x49x128"
  })
  String shape;

  private int m;
  private int n;
  private int k;
  private Tensor a;
  private Tensor transposedA;
  private Tensor b;
  private Tensor transposedB;
  private Tensor c;
  private Tensor plainC;
  private float[] scratch;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 3);
    m = sizes[0];
    n = sizes[1];
    k = sizes[2];
    a = normal(0, m, k);
    transposedA = normal(0, k, m);
    b = normal(1, k, n);
    transposedB = normal(1, n, k);
    c = zeros(m, n);
    plainC = Tensor.zeros(m, n);
    scratch = new float[k * n];
  }

  @Benchmark
  public Tensor plain() {
    MatMul.multiplyInto(memory.again(), a, false, b, false, c, false);
    return c;
  }

  @Benchmark
  public Tensor plainScalar() {
    ScalarMatMul.plain(m, n, k, array(a), 0, array(b), 0, plainC.data(), 0);
    return plainC;
  }

  @Benchmark
  public Tensor transposedA() {
    MatMul.multiplyInto(memory.again(), transposedA, true, b, false, c, false);
    return c;
  }

  @Benchmark
  public Tensor transposedAScalar() {
    ScalarMatMul.transposedA(m, n, k, array(transposedA), 0, array(b), 0, plainC.data(), 0);
    return plainC;
  }

  @Benchmark
  public Tensor transposedB() {
    MatMul.multiplyInto(memory.again(), a, false, transposedB, true, c, false);
    return c;
  }

  @Benchmark
  public Tensor transposedBScalar() {
    ScalarMatMul.transposedB(
        m, n, k, array(a), 0, array(transposedB), 0, plainC.data(), 0, scratch);
    return plainC;
  }
}
