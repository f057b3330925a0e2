package haze.benchmarks;

import haze.tensor.Convolution;
import haze.tensor.Tensor;
import haze.tensor.kernel.ConvolutionShape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/// A convolution's three passes by the kernel that [Convolution] chooses, and in plain loops.
public abstract class ConvolutionPasses extends KernelBenchmark {
  ConvolutionShape size;
  Convolution convolution;
  Tensor x;
  Tensor weight;
  Tensor bias;
  Tensor y;
  Tensor dx;
  Tensor dy;
  Tensor dWeight;
  private Tensor plainY;
  private Tensor plainDx;
  Tensor plainDWeight;
  private float[] flipped;

  /// `NxCINxCOUTxHW`, see [ConvolutionSize#parse].
  abstract String shape();

  @Setup
  public void setUp() {
    ConvolutionSize parsed = ConvolutionSize.parse(shape());
    convolution = parsed.convolution();
    size = parsed.shape();
    x = normal(0, size.n(), size.h(), size.w(), size.cin());
    weight = normal(1, size.kh(), size.kw(), size.cin(), size.cout());
    bias = normal(2, size.cout());
    dy = normal(3, size.n(), size.oh(), size.ow(), size.cout());
    y = zeros(dy.shape().dims());
    dx = zeros(x.shape().dims());
    dWeight = zeros(weight.shape().dims());
    plainY = Tensor.zeros(y.shape().dims());
    plainDx = Tensor.zeros(dx.shape().dims());
    plainDWeight = Tensor.zeros(dWeight.shape().dims());
    flipped = new float[weight.size()];
  }

  @Benchmark
  public Tensor forward() {
    return convolution.forward(memory.again(), x, weight, bias);
  }

  @Benchmark
  public Tensor forwardScalar() {
    ScalarConvolution.forward(size, array(x), array(weight), array(bias), plainY.data());
    return plainY;
  }

  @Benchmark
  public Tensor backwardData() {
    return convolution.backwardData(memory.again(), x.shape(), weight, dy);
  }

  @Benchmark
  public Tensor backwardDataScalar() {
    ScalarConvolution.backwardData(size, array(weight), array(dy), plainDx.data(), flipped);
    return plainDx;
  }

  /// Adds to the gradient, as a shard of a batch does; the sum grows slowly and stays finite.
  @Benchmark
  public Tensor backwardWeight() {
    convolution.backwardWeight(memory.again(), x, dy, dWeight);
    return dWeight;
  }

  @Benchmark
  public Tensor backwardWeightScalar() {
    ScalarConvolution.backwardWeight(size, array(x), array(dy), plainDWeight.data());
    return plainDWeight;
  }

  /// All that a training step does with a layer. Libraries are compared by this one, since some
  /// compute both gradients only together.
  @Benchmark
  public Tensor forwardBackward() {
    memory.again();
    convolution.forward(memory, x, weight, bias);
    convolution.backwardWeight(memory, x, dy, dWeight);
    return convolution.backwardData(memory, x.shape(), weight, dy);
  }
}
