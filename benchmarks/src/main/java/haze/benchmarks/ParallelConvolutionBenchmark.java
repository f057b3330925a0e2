package haze.benchmarks;

import haze.tensor.Convolution;
import haze.tensor.Parallel;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// One convolution whose images, or the rows of a single image, are divided between threads. Its
/// scalar twins are those of [ConvolutionBenchmark].
public class ParallelConvolutionBenchmark extends ParallelBenchmark {
  /// `NxCINxCOUTxHW`: a layer of R1, and one large image.
  @Param({"64x64x64x14", "1x64x64x128"})
  String shape;

  private Convolution convolution;
  private Tensor x;
  private Tensor weight;
  private Tensor bias;
  private Tensor dy;
  private Tensor dWeight;

  @Setup
  public void setUp() {
    ConvolutionSize size = ConvolutionSize.parse(shape);
    convolution = size.convolution();
    x = normal(0, size.n(), size.hw(), size.hw(), size.cin());
    weight = normal(1, size.kernel(), size.kernel(), size.cin(), size.cout());
    bias = normal(2, size.cout());
    dy = normal(3, size.n(), size.out(), size.out(), size.cout());
    dWeight = zeros(weight.shape().dims());
    startWorkers();
  }

  @Benchmark
  public Tensor forward() {
    return Parallel.forward(workers, convolution, x, weight, bias);
  }

  @Benchmark
  public Tensor backwardData() {
    return Parallel.backwardData(workers, convolution, x.shape(), weight, dy);
  }

  /// Adds to the gradient, see [ConvolutionPasses#backwardWeight].
  @Benchmark
  public Tensor backwardWeight() {
    Parallel.backwardWeight(workers, convolution, x, dy, dWeight);
    return dWeight;
  }
}
