package haze.benchmarks;

import haze.tensor.Tensor;
import haze.tensor.kernel.ConvolutionShape;
import haze.tensor.kernel.DirectConvolution;
import haze.tensor.kernel.Epilogue;
import haze.tensor.kernel.Winograd;
import haze.tensor.kernel.WinogradPlan;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// The 3x3 convolutions at stride 1 that most of a U-Net's time goes into, by each of the two
/// kernels that can do them.
public class ConvolutionBenchmark extends ConvolutionPasses {
  /// `NxCINxCOUTxHW`: one of every level of R1, one of R2, one whose channels differ, as where a
  /// skip connection is joined, and a shard of two levels of R3.
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

  private ConvolutionShape backward;
  private Epilogue additions;
  private float[] scratch;

  @Override
  String shape() {
    return shape;
  }

  @Override
  @Setup
  public void setUp() {
    super.setUp();
    backward = size.backwardData();
    additions = Epilogue.NONE.withBias(bias.data(), bias.offset());
    scratch =
        new float
            [Math.max(
                Math.max(
                    DirectConvolution.forwardScratch(size),
                    DirectConvolution.forwardScratch(backward)),
                Math.max(
                    Math.max(
                        WinogradPlan.forward(size).scratch(),
                        WinogradPlan.forward(backward).scratch()),
                    Math.max(
                        WinogradPlan.backwardWeights(size).scratch(),
                        DirectConvolution.backwardWeightsScratch(size))))];
  }

  @Benchmark
  public Tensor forwardDirect() {
    DirectConvolution.forward(
        size,
        x.data(),
        x.offset(),
        weight.data(),
        weight.offset(),
        false,
        additions,
        y.data(),
        y.offset(),
        scratch);
    return y;
  }

  @Benchmark
  public Tensor forwardWinograd() {
    Winograd.forward(
        WinogradPlan.forward(size),
        x.data(),
        x.offset(),
        weight.data(),
        weight.offset(),
        false,
        additions,
        y.data(),
        y.offset(),
        scratch);
    return y;
  }

  @Benchmark
  public Tensor backwardDataDirect() {
    DirectConvolution.forward(
        backward,
        dy.data(),
        dy.offset(),
        weight.data(),
        weight.offset(),
        true,
        Epilogue.NONE,
        dx.data(),
        dx.offset(),
        scratch);
    return dx;
  }

  @Benchmark
  public Tensor backwardDataWinograd() {
    Winograd.forward(
        WinogradPlan.forward(backward),
        dy.data(),
        dy.offset(),
        weight.data(),
        weight.offset(),
        true,
        Epilogue.NONE,
        dx.data(),
        dx.offset(),
        scratch);
    return dx;
  }

  @Benchmark
  public Tensor backwardWeightDirect() {
    DirectConvolution.backwardWeights(
        size,
        x.data(),
        x.offset(),
        dy.data(),
        dy.offset(),
        dWeight.data(),
        dWeight.offset(),
        scratch);
    return dWeight;
  }

  @Benchmark
  public Tensor backwardWeightWinograd() {
    Winograd.backwardWeights(
        WinogradPlan.backwardWeights(size),
        x.data(),
        x.offset(),
        dy.data(),
        dy.offset(),
        dWeight.data(),
        dWeight.offset(),
        scratch);
    return dWeight;
  }
}
