package haze.benchmarks;

import org.openjdk.jmh.annotations.Param;

/// The U-Net's other convolutions: the shortcuts of residual blocks (1x1), halving the resolution
/// (stride 2), the first layer (1 or 3 channels to 32 or 64) and the last (back to 1 or 3).
public class OtherConvolutionBenchmark extends ConvolutionPasses {
  /// `NxCINxCOUTxHW`, and what differs from a kernel of 3x3 at stride 1.
  @Param({
    "64x96x32x28-k1",
    "64x256x128x7-k1",
    "8x512x256x16-k1",
    "64x32x32x28-s2",
    "64x1x32x28",
    "32x3x64x32",
    "64x32x1x28",
    "32x64x3x32"
  })
  String shape;

  @Override
  String shape() {
    return shape;
  }
}
