package haze.tensor;

import haze.tensor.kernel.Pixels;

/// Doubling and halving the resolution of NHWC images. The allocator gives the result's memory.
public final class Resize {
  private Resize() {}

  /// Nearest-neighbour upsampling: every pixel becomes a square of 2x2, `[n, h, w, c]` becomes `[n,
  /// 2h, 2w, c]`.
  ///
  /// @throws IllegalArgumentException if x does not have four axes
  public static Tensor nearest2x(Allocator allocator, Tensor x) {
    requireImages("upsample", x);
    int rows = x.dim(0) * x.dim(1);
    int w = x.dim(2);
    int c = x.dim(3);
    Tensor y = allocator.allocate(Shape.of(x.dim(0), 2 * x.dim(1), 2 * w, c));
    for (int row = 0; row < rows; row++) {
      int first = y.offset() + 2 * row * 2 * w * c;
      for (int j = 0; j < w; j++) {
        int from = x.offset() + (row * w + j) * c;
        System.arraycopy(x.data(), from, y.data(), first + 2 * j * c, c);
        System.arraycopy(x.data(), from, y.data(), first + (2 * j + 1) * c, c);
      }
      System.arraycopy(y.data(), first, y.data(), first + 2 * w * c, 2 * w * c);
    }
    return y;
  }

  /// The sum of every square of 2x2 pixels times a factor: with 1/4 average pooling, with 1 the
  /// gradient of [#nearest2x]. `[n, 2h, 2w, c]` becomes `[n, h, w, c]`; a last odd row or column is
  /// left out.
  ///
  /// @throws IllegalArgumentException if x does not have four axes
  public static Tensor sum2x2(Allocator allocator, Tensor x, float factor) {
    requireImages("pool", x);
    int h = x.dim(1) / 2;
    int w = x.dim(2) / 2;
    int c = x.dim(3);
    int row = x.dim(2) * c;
    Tensor y = allocator.allocate(Shape.of(x.dim(0), h, w, c));
    for (int n = 0; n < x.dim(0); n++) {
      for (int i = 0; i < h; i++) {
        int top = x.offset() + (n * x.dim(1) + 2 * i) * row;
        Pixels.halve(
            w, c, factor, x.data(), top, top + row, y.data(), y.offset() + (n * h + i) * w * c);
      }
    }
    return y;
  }

  private static void requireImages(String operation, Tensor x) {
    if (x.shape().rank() != 4) {
      throw new IllegalArgumentException(operation + ": not images [n, h, w, c]: " + x.shape());
    }
  }
}
