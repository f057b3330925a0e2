package haze.benchmarks;

import haze.tensor.kernel.ConvolutionShape;
import java.util.Arrays;

/// Convolution in plain loops over NHWC images, the sums in the documentation of
/// [ConvolutionShape].
///
/// The innermost loop runs over the channels of the result, which are contiguous, see
/// [ScalarMatMul]; taps outside the image are left out.
final class ScalarConvolution {
  private ScalarConvolution() {}

  /// `y = bias + x * w`.
  static void forward(ConvolutionShape s, float[] x, float[] weight, float[] bias, float[] y) {
    int cin = s.cin();
    int cout = s.cout();
    for (int pixel = 0; pixel < s.n() * s.oh() * s.ow(); pixel++) {
      int n = pixel / (s.oh() * s.ow());
      int to = pixel * cout;
      System.arraycopy(bias, 0, y, to, cout);
      for (int r = 0; r < s.kh(); r++) {
        int row = pixel / s.ow() % s.oh() * s.stride() + r - s.padTop();
        for (int t = 0; t < s.kw(); t++) {
          int column = pixel % s.ow() * s.stride() + t - s.padLeft();
          if (row >= 0 && row < s.h() && column >= 0 && column < s.w()) {
            int from = ((n * s.h() + row) * s.w() + column) * cin;
            int tap = (r * s.kw() + t) * cin * cout;
            for (int c = 0; c < cin; c++) {
              ScalarMatMul.addRow(cout, x[from + c], weight, tap + c * cout, y, to);
            }
          }
        }
      }
    }
  }

  /// The gradient of x. Each tap of the kernel is first transposed into `scratch`, which is as long
  /// as the weight, so that the innermost loop runs over the channels of x.
  static void backwardData(
      ConvolutionShape s, float[] weight, float[] dy, float[] dx, float[] scratch) {
    int cin = s.cin();
    int cout = s.cout();
    for (int tap = 0; tap < s.kh() * s.kw(); tap++) {
      for (int c = 0; c < cin; c++) {
        for (int o = 0; o < cout; o++) {
          scratch[(tap * cout + o) * cin + c] = weight[(tap * cin + c) * cout + o];
        }
      }
    }
    Arrays.fill(dx, 0);
    for (int pixel = 0; pixel < s.n() * s.oh() * s.ow(); pixel++) {
      int n = pixel / (s.oh() * s.ow());
      for (int r = 0; r < s.kh(); r++) {
        int row = pixel / s.ow() % s.oh() * s.stride() + r - s.padTop();
        for (int t = 0; t < s.kw(); t++) {
          int column = pixel % s.ow() * s.stride() + t - s.padLeft();
          if (row >= 0 && row < s.h() && column >= 0 && column < s.w()) {
            int to = ((n * s.h() + row) * s.w() + column) * cin;
            int tap = (r * s.kw() + t) * cin * cout;
            for (int o = 0; o < cout; o++) {
              ScalarMatMul.addRow(cin, dy[pixel * cout + o], scratch, tap + o * cin, dx, to);
            }
          }
        }
      }
    }
  }

  /// Adds the gradient of the weight.
  static void backwardWeight(ConvolutionShape s, float[] x, float[] dy, float[] dWeight) {
    int cin = s.cin();
    int cout = s.cout();
    for (int pixel = 0; pixel < s.n() * s.oh() * s.ow(); pixel++) {
      int n = pixel / (s.oh() * s.ow());
      for (int r = 0; r < s.kh(); r++) {
        int row = pixel / s.ow() % s.oh() * s.stride() + r - s.padTop();
        for (int t = 0; t < s.kw(); t++) {
          int column = pixel % s.ow() * s.stride() + t - s.padLeft();
          if (row >= 0 && row < s.h() && column >= 0 && column < s.w()) {
            int from = ((n * s.h() + row) * s.w() + column) * cin;
            int tap = (r * s.kw() + t) * cin * cout;
            for (int c = 0; c < cin; c++) {
              ScalarMatMul.addRow(cout, x[from + c], dy, pixel * cout, dWeight, tap + c * cout);
            }
          }
        }
      }
    }
  }
}
