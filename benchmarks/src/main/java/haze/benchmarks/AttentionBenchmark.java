package haze.benchmarks;

import haze.tensor.Attention;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Scaled dot-product attention of one head over all pixels of an image, without the linear layers
/// around it.
public class AttentionBenchmark extends KernelBenchmark {
  /// `NxLENGTHxCHANNELS`: the coarsest level of R1 (7x7 pixels) and of R2 (8x8), a shard of 16
  /// images; the level of R3 with attention (16x16), a shard of 8.
  @Param({"16x49x128", "16x64x128", "8x256x256"})
  String shape;

  private int n;
  private int length;
  private int channels;
  private Tensor q;
  private Tensor k;
  private Tensor v;
  private Tensor p;
  private Tensor dy;
  private Tensor out;
  private Tensor dk;
  private Tensor dv;
  private float[] scalarP;
  private float[] ds;
  private float[] scratch;

  @Setup
  public void setUp() {
    int[] sizes = sizes(shape, 3);
    n = sizes[0];
    length = sizes[1];
    channels = sizes[2];
    q = normal(0, sizes);
    k = normal(1, sizes);
    v = normal(2, sizes);
    dy = normal(3, sizes);
    p = Attention.forward(new Recycler(), q, k, v, 1).probabilities();
    out = Tensor.zeros(sizes);
    dk = Tensor.zeros(sizes);
    dv = Tensor.zeros(sizes);
    scalarP = new float[p.size()];
    ds = new float[length * length];
    scratch = new float[length * channels];
  }

  @Benchmark
  public Tensor forward() {
    return Attention.forward(memory.again(), q, k, v, 1).y();
  }

  @Benchmark
  public Tensor forwardScalar() {
    ScalarNetwork.attention(
        n, length, channels, array(q), array(k), array(v), scalarP, out.data(), scratch);
    return out;
  }

  @Benchmark
  public Attention.Gradients backward() {
    return Attention.backward(memory.again(), q, k, v, p, dy);
  }

  @Benchmark
  public Attention.Gradients backwardScalar() {
    ScalarNetwork.attentionBackward(
        n,
        length,
        channels,
        array(q),
        array(k),
        array(v),
        array(p),
        array(dy),
        out.data(),
        dk.data(),
        dv.data(),
        ds,
        scratch);
    return new Attention.Gradients(out, dk, dv);
  }
}
