package haze.tensor.kernel;

/// The sizes of one two-dimensional convolution over NHWC images: n images of h x w pixels with cin
/// channels, a kernel of kh x kw, and oh x ow pixels with cout channels.
///
/// ```
/// y[n, i, j, o] = bias[o] + sum over r < kh, s < kw, c < cin of
///     x[n, i*stride + r - padTop, j*stride + s - padLeft, c] * w[r, s, c, o]
/// ```
///
/// Pixels outside the image count as zero. The padding below and to the right follows from the
/// output's size: the output reads `(oh - 1) * stride + kh` rows from row `-padTop` on.
public record ConvolutionShape(int n, int h, int w, int cin, int kh, int kw, int cout, int stride,
    int padTop, int padLeft, int oh, int ow) {

  /// Rows that the windows cover, from row `-padTop` on.
  int coveredRows() {
    return (oh - 1) * stride + kh;
  }

  /// Columns that the windows cover, from column `-padLeft` on.
  int coveredColumns() {
    return (ow - 1) * stride + kw;
  }

  /// {@return whether every output pixel is a linear function of one input pixel, a matrix product:
  /// kernel 1x1, stride 1, no padding}
  public boolean isPointwise() {
    return kh == 1 && kw == 1 && stride == 1 && padTop == 0 && padLeft == 0 && oh == h && ow == w;
  }

  /// The convolution, of stride 1, that takes the gradient of y, dilated by the stride, to the
  /// gradient of x, with the kernel turned by 180 degrees and its channels exchanged.
  public ConvolutionShape backwardData() {
    return new ConvolutionShape(n, (oh - 1) * stride + 1, (ow - 1) * stride + 1, cout, kh, kw, cin,
        1, kh - 1 - padTop, kw - 1 - padLeft, h, w);
  }

  /// Spreads the pixels of dy `[n, oh, ow, cout]` apart by the stride, zeros between them.
  ///
  /// @param out receives `[n, (oh-1)*stride+1, (ow-1)*stride+1, cout]` from index 0
  public void dilate(float[] dy, int dy0, float[] out) {
    int rows = (oh - 1) * stride + 1;
    int columns = (ow - 1) * stride + 1;
    java.util.Arrays.fill(out, 0, n * rows * columns * cout, 0);
    for (int image = 0; image < n; image++) {
      for (int i = 0; i < oh; i++) {
        for (int j = 0; j < ow; j++) {
          System.arraycopy(dy, dy0 + ((image * oh + i) * ow + j) * cout, out,
              ((image * rows + i * stride) * columns + j * stride) * cout, cout);
        }
      }
    }
  }

  /// Copies one image `[rows, columns, channels]` into a larger one `[toRows, toColumns,
  /// toChannels]` with a border of zeros, so that no loop has to check where the image ends. Rows
  /// and columns that do not fit are left out; channels beyond the image's are zero.
  ///
  /// @param top rows of zeros above the image
  /// @param left columns of zeros to the left
  static void pad(float[] from, int from0, int rows, int columns, int channels, int top, int left,
      float[] to, int to0, int toRows, int toColumns, int toChannels) {
    int fitting = Math.max(0, Math.min(columns, toColumns - left));
    int at = to0;
    for (int i = 0; i < toRows; i++) {
      int row = i - top;
      int end = at + toColumns * toChannels;
      if (row < 0 || row >= rows) {
        java.util.Arrays.fill(to, at, end, 0);
      } else {
        int source = from0 + row * columns * channels;
        int target = at + left * toChannels;
        java.util.Arrays.fill(to, at, target, 0);
        if (channels == toChannels) {
          System.arraycopy(from, source, to, target, fitting * channels);
        } else {
          for (int j = 0; j < fitting; j++) {
            int pixel = target + j * toChannels;
            System.arraycopy(from, source + j * channels, to, pixel, channels);
            java.util.Arrays.fill(to, pixel + channels, pixel + toChannels, 0);
          }
        }
        java.util.Arrays.fill(to, target + fitting * toChannels, end, 0);
      }
      at = end;
    }
  }
}
