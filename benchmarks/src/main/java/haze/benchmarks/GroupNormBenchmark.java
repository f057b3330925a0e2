package haze.benchmarks;

import haze.tensor.GroupNorm;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Group normalisation with 8 groups and the SiLU behind it, in one kernel.
public class GroupNormBenchmark extends KernelBenchmark {
  private static final int GROUPS = 8;
  private static final float EPS = 1e-6f;
  private static final GroupNorm NORM = new GroupNorm(GROUPS, EPS, true);

  /// `NxCxHW`: R1's three levels.
  @Param({"64x32x28", "64x64x14", "64x128x7"})
  String shape;

  private int n;
  private int pixels;
  private int channels;
  private Tensor x;
  private Tensor gamma;
  private Tensor beta;
  private Tensor dy;
  private Tensor dGamma;
  private Tensor dBeta;
  private Tensor out;
  private GroupNorm.Result result;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 3);
    n = sizes[0];
    channels = sizes[1];
    pixels = sizes[2] * sizes[2];
    x = normal(0, n, sizes[2], sizes[2], channels);
    gamma = normal(1, channels);
    beta = normal(2, channels);
    dy = normal(3, x.shape().dims());
    dGamma = zeros(channels);
    dBeta = zeros(channels);
    out = Tensor.zeros(x.shape().dims());
    result = NORM.forward(new Recycler(), x, gamma, beta);
  }

  @Benchmark
  public Tensor forward() {
    return NORM.forward(memory.again(), x, gamma, beta).y();
  }

  @Benchmark
  public Tensor forwardScalar() {
    ScalarNetwork.groupNormSilu(
        n, pixels, channels, GROUPS, EPS, array(x), array(gamma), array(beta), out.data());
    return out;
  }

  @Benchmark
  public Tensor backward() {
    return NORM.backward(memory.again(), x, gamma, beta, result, dy, dGamma, dBeta);
  }

  @Benchmark
  public Tensor backwardScalar() {
    ScalarNetwork.groupNormSiluBackward(
        n,
        pixels,
        channels,
        GROUPS,
        EPS,
        array(x),
        array(gamma),
        array(beta),
        array(dy),
        out.data(),
        array(dGamma),
        array(dBeta));
    return out;
  }

  /// What a training step does with a layer.
  @Benchmark
  public Tensor forwardBackward() {
    memory.again();
    GroupNorm.Result forward = NORM.forward(memory, x, gamma, beta);
    return NORM.backward(memory, x, gamma, beta, forward, dy, dGamma, dBeta);
  }
}
