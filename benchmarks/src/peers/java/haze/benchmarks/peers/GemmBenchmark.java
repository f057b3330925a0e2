package haze.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import haze.benchmarks.KernelBenchmark;
import haze.tensor.Allocator;
import haze.tensor.Layout;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/// libtorch's matrix product (MKL's) beside [haze.benchmarks.GemmBenchmark].
public class GemmBenchmark extends KernelBenchmark {
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

  private LibTorch libtorch;
  private NDArray a;
  private NDArray aStoredTransposed;
  private NDArray b;
  private NDArray bStoredTransposed;

  @Setup
  public void setUp() throws IOException {
    int[] sizes = sizes(shape, 3);
    libtorch = new LibTorch(1);
    Tensor left = new Rng(1, 0, 0, 0).normal(Tensor.zeros(sizes[0], sizes[2]));
    Tensor right = new Rng(1, 1, 0, 0).normal(Tensor.zeros(sizes[2], sizes[1]));
    a = libtorch.array(left);
    b = libtorch.array(right);
    aStoredTransposed = libtorch.array(Layout.permute(Allocator.HEAP, left, 1, 0)).transpose();
    bStoredTransposed = libtorch.array(Layout.permute(Allocator.HEAP, right, 1, 0)).transpose();
    Tensor expected = left.matmul(right);
    LibTorch.requireAgreement("plain", expected, a.matMul(b));
    LibTorch.requireAgreement("transposedA", expected, aStoredTransposed.matMul(b));
    LibTorch.requireAgreement("transposedB", expected, a.matMul(bStoredTransposed));
  }

  @TearDown
  public void close() {
    libtorch.close();
  }

  // Native results are closed at once: libtorch's allocator then gives the same memory again.

  @Benchmark
  public void plain() {
    a.matMul(b).close();
  }

  @Benchmark
  public void transposedA() {
    aStoredTransposed.matMul(b).close();
  }

  @Benchmark
  public void transposedB() {
    a.matMul(bStoredTransposed).close();
  }
}
