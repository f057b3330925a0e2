package haze.benchmarks;

import haze.tensor.Convolution;
import haze.tensor.kernel.ConvolutionShape;

/// A convolution over square images, as a benchmark's parameter names it.
///
/// @param n images
/// @param cin channels of the input
/// @param cout channels of the output
/// @param hw height and width of the input
/// @param kernel height and width of the kernel, odd; padded by its half
/// @param stride step between the windows
public record ConvolutionSize(int n, int cin, int cout, int hw, int kernel, int stride) {
  /// Reads `NxCINxCOUTxHW`, followed by `-k1` for a kernel of 1x1 instead of 3x3 and by `-s2` for
  /// stride 2 instead of 1.
  public static ConvolutionSize parse(String shape) {
    int kernel = shape.contains("-k1") ? 1 : 3;
    int stride = shape.contains("-s2") ? 2 : 1;
    int[] sizes = KernelBenchmark.sizes(shape.replaceAll("-.*", ""), 4);
    return new ConvolutionSize(sizes[0], sizes[1], sizes[2], sizes[3], kernel, stride);
  }

  /// Height and width of the output.
  public int out() {
    return (hw + 2 * padding() - kernel) / stride + 1;
  }

  private int padding() {
    return kernel / 2;
  }

  Convolution convolution() {
    return Convolution.of(stride, padding());
  }

  ConvolutionShape shape() {
    return new ConvolutionShape(
        n, hw, hw, cin, kernel, kernel, cout, stride, padding(), padding(), out(), out());
  }
}
