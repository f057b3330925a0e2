package haze.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import haze.benchmarks.ConvolutionSize;
import haze.benchmarks.KernelBenchmark;
import haze.tensor.Allocator;
import haze.tensor.Convolution;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/// libtorch's 3x3 convolution (oneDNN's) beside [haze.benchmarks.ConvolutionBenchmark].
public class ConvolutionBenchmark extends KernelBenchmark {
  @Param({
    "64x32x32x28",
    "64x64x64x14",
    "64x128x128x7",
    "16x128x128x32",
    "64x192x64x14",
    "8x256x256x16",
    "8x256x256x4"
  })
  String shape;

  @Param({"contiguous", "channels_last"})
  String format;

  private LibTorch libtorch;
  private NDArray x;
  private NDArray weight;
  private NDArray bias;
  private NDArray dy;

  @Setup
  public void setUp() throws IOException {
    ConvolutionSize size = ConvolutionSize.parse(shape);
    libtorch = new LibTorch(1);
    Tensor ourX =
        new Rng(1, 0, 0, 0).normal(Tensor.zeros(size.n(), size.hw(), size.hw(), size.cin()));
    Tensor ourWeight = new Rng(1, 1, 0, 0).normal(Tensor.zeros(3, 3, size.cin(), size.cout()));
    Tensor ourBias = new Rng(1, 2, 0, 0).normal(Tensor.zeros(size.cout()));
    Tensor ourDy =
        new Rng(1, 3, 0, 0).normal(Tensor.zeros(size.n(), size.out(), size.out(), size.cout()));
    x = libtorch.images(ourX, format);
    weight = libtorch.kernel(ourWeight, format);
    bias = libtorch.array(ourBias);
    dy = libtorch.images(ourDy, format);
    x.setRequiresGradient(true);
    weight.setRequiresGradient(true);

    Convolution ours = Convolution.of(1, 1);
    Tensor ourDWeight = Tensor.zeros(ourWeight.shape().dims());
    ours.backwardWeight(Allocator.HEAP, ourX, ourDy, ourDWeight);
    Tensor ourDx = ours.backwardData(Allocator.HEAP, ourX.shape(), ourWeight, ourDy);
    LibTorch.requireAgreement(
        "y",
        ours.forward(Allocator.HEAP, ourX, ourWeight, ourBias),
        libtorch.infer("convolution", x, weight, bias).head(),
        0,
        2,
        3,
        1);
    LibTorch.requireAgreement(
        "dx", ourDx, libtorch.infer("convolution_backward_data", x, weight, dy).head(), 0, 2, 3, 1);
    LibTorch.requireAgreement(
        "dWeight",
        ourDWeight,
        libtorch.infer("convolution_backward_weight", x, weight, dy).head(),
        2,
        3,
        1,
        0);
    var both = libtorch.method("convolution_both", x, weight, bias, dy);
    LibTorch.requireAgreement("dx by autograd", ourDx, both.get(0), 0, 2, 3, 1);
    LibTorch.requireAgreement("dWeight by autograd", ourDWeight, both.get(1), 2, 3, 1, 0);
  }

  @TearDown
  public void close() {
    libtorch.close();
  }

  @Benchmark
  public void forward() {
    libtorch.infer("convolution", x, weight, bias).close();
  }

  @Benchmark
  public void backwardData() {
    libtorch.infer("convolution_backward_data", x, weight, dy).close();
  }

  @Benchmark
  public void backwardWeight() {
    libtorch.infer("convolution_backward_weight", x, weight, dy).close();
  }

  @Benchmark
  public void forwardBackward() {
    libtorch.method("convolution_both", x, weight, bias, dy).close();
  }
}
