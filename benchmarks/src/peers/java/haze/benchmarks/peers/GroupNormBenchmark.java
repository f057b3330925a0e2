package haze.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import haze.benchmarks.KernelBenchmark;
import haze.tensor.Allocator;
import haze.tensor.GroupNorm;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/// libtorch's group normalisation and SiLU, two kernels, beside
/// [haze.benchmarks.GroupNormBenchmark].
public class GroupNormBenchmark extends KernelBenchmark {
  @Param({"64x32x28", "64x64x14", "64x128x7"})
  String shape;

  @Param({"contiguous", "channels_last"})
  String format;

  private LibTorch libtorch;
  private NDArray x;
  private NDArray gamma;
  private NDArray beta;
  private NDArray dy;

  @Setup
  public void setUp() throws IOException {
    int[] sizes = sizes(shape, 3);
    int channels = sizes[1];
    libtorch = new LibTorch(1);
    Tensor ourX = new Rng(1, 0, 0, 0).normal(Tensor.zeros(sizes[0], sizes[2], sizes[2], channels));
    Tensor ourGamma = new Rng(1, 1, 0, 0).normal(Tensor.zeros(channels));
    Tensor ourBeta = new Rng(1, 2, 0, 0).normal(Tensor.zeros(channels));
    Tensor ourDy = new Rng(1, 3, 0, 0).normal(Tensor.zeros(ourX.shape().dims()));
    x = libtorch.images(ourX, format);
    gamma = libtorch.array(ourGamma);
    beta = libtorch.array(ourBeta);
    dy = libtorch.images(ourDy, format);
    x.setRequiresGradient(true);
    gamma.setRequiresGradient(true);
    beta.setRequiresGradient(true);

    GroupNorm ours = new GroupNorm(8, 1e-6f, true);
    GroupNorm.Result result = ours.forward(Allocator.HEAP, ourX, ourGamma, ourBeta);
    Tensor ourDGamma = Tensor.zeros(channels);
    Tensor ourDBeta = Tensor.zeros(channels);
    Tensor ourDx =
        ours.backward(Allocator.HEAP, ourX, ourGamma, ourBeta, result, ourDy, ourDGamma, ourDBeta);
    LibTorch.requireAgreement(
        "y", result.y(), libtorch.infer("norm_silu", x, gamma, beta).head(), 0, 2, 3, 1);
    var both = libtorch.method("norm_silu_both", x, gamma, beta, dy);
    LibTorch.requireAgreement("dx", ourDx, both.get(0), 0, 2, 3, 1);
    LibTorch.requireAgreement("dGamma", ourDGamma, both.get(1));
    LibTorch.requireAgreement("dBeta", ourDBeta, both.get(2));
  }

  @TearDown
  public void close() {
    libtorch.close();
  }

  @Benchmark
  public void forward() {
    libtorch.infer("norm_silu", x, gamma, beta).close();
  }

  @Benchmark
  public void forwardBackward() {
    libtorch.method("norm_silu_both", x, gamma, beta, dy).close();
  }
}
