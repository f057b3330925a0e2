package haze.tensor.kernel;

import static haze.tensor.kernel.Tiles.PANEL;

import java.util.Arrays;

/// Convolution with any kernel size, stride and padding, without a copy of every window (im2col): in an image
/// with a border of zeros the `kw * cin` numbers of one row of a window lie next to each other, so the tile's
/// inner sum runs along them and its outer sum over the `kh` rows.
public final class DirectConvolution {
  private DirectConvolution() {}

  /// The length of the scratch array that [#forward] needs.
  ///
  /// @param s the convolution
  /// @return a number of floats
  public static int forwardScratch(ConvolutionShape s) {
    return Vectors.ALIGNED + image(s) + s.kh() * s.kw() * s.cin() * Tiles.paddedToPanels(s.cout())
        + (s.ow() + 1) * Tiles.padded(s.cout());
  }

  /// The length of the scratch array that [#backwardWeights] needs.
  ///
  /// @param s the convolution
  /// @return a number of floats
  public static int backwardWeightsScratch(ConvolutionShape s) {
    return Vectors.ALIGNED + image(s)
        + (s.oh() * s.ow() + s.kh() * s.kw() * s.cin()) * Tiles.padded(s.cout());
  }

  private static int image(ConvolutionShape s) {
    return Tiles.padded(s.coveredRows() * s.coveredColumns() * s.cin());
  }

  /// The convolution as [ConvolutionShape] defines it.
  ///
  /// @param s its sizes
  /// @param x images `[n, h, w, cin]`
  /// @param x0 their start
  /// @param weights `[kh, kw, cin, cout]`; if flipped `[kh, kw, cout, cin]`
  /// @param w0 their start
  /// @param flipped whether the kernel is to be turned by 180 degrees and its channels exchanged, as backward does
  /// @param additions what is added to the result
  /// @param y receives `[n, oh, ow, cout]`
  /// @param y0 its start
  /// @param scratch at least [#forwardScratch] floats, contents arbitrary
  public static void forward(ConvolutionShape s, float[] x, int x0, float[] weights, int w0,
      boolean flipped, Additions additions, float[] y, int y0, float[] scratch) {
    int window = s.kw() * s.cin();
    int depth = s.kh() * window;
    int cout = s.cout();
    int columns = Tiles.padded(cout);
    boolean whole = columns == cout;
    int panelRow = Math.min(PANEL, columns);
    int rowLength = s.coveredColumns() * s.cin();
    int padded = Vectors.ALIGNED;
    int packed = padded + image(s);
    int row = packed + depth * Tiles.paddedToPanels(cout);
    int constant = row + s.ow() * columns;
    pack(s, weights, w0, flipped, scratch, packed, panelRow);
    for (int image = 0; image < s.n(); image++) {
      ConvolutionShape.pad(x, x0 + image * s.h() * s.w() * s.cin(), s.h(), s.w(), s.cin(),
          s.padTop(), s.padLeft(), scratch, padded, s.coveredRows(), s.coveredColumns(), s.cin());
      additions.constant(image, cout, 0, cout, scratch, constant);
      for (int i = 0; i < s.oh(); i++) {
        int at = (image * s.oh() + i) * s.ow() * cout;
        Tiles.multiply(s.ow(), columns, s.kh(), window, scratch,
            padded + i * s.stride() * rowLength, s.stride() * s.cin(), 1, rowLength, scratch,
            packed, depth * PANEL, panelRow, window * panelRow, whole ? y : scratch,
            whole ? y0 + at : row, columns, false);
        if (!whole) {
          Vectors.unpad(s.ow(), cout, columns, scratch, row, y, y0 + at);
        }
        if (additions.hasConstant()) {
          Pixels.add(s.ow(), cout, scratch, constant, y, y0 + at);
        }
        if (additions.hasResidual()) {
          additions.addResidual(at, s.ow() * cout, y, y0);
        }
      }
    }
  }

  /// Panels of the weights, as [Gemm] packs B, over the whole depth; a row of a panel is `panelRow` long.
  private static void pack(ConvolutionShape s, float[] weights, int w0, boolean flipped,
      float[] out, int out0, int panelRow) {
    int taps = s.kh() * s.kw();
    int cin = s.cin();
    int cout = s.cout();
    int[] column = Vectors.column(cin);
    for (int o = 0; o < cout; o += PANEL) {
      int width = Math.min(PANEL, cout - o);
      int to = out0 + o * taps * cin;
      if (width < panelRow) {
        Arrays.fill(out, to, to + taps * cin * panelRow, 0);
      }
      for (int p = 0; p < taps * cin; p++) {
        if (flipped) {
          int tap = taps - 1 - p / cin;
          Vectors.gather(width, weights, w0 + (tap * cout + o) * cin + p % cin, cin, column, out,
              to + p * panelRow);
        } else {
          System.arraycopy(weights, w0 + p * cout + o, out, to + p * panelRow, width);
        }
      }
    }
  }

  /// Adds the gradient of the weights: for every tap (r, s, c) and output channel o,
  /// `dw[r, s, c, o] += sum over n, i, j of x[n, i*stride + r - padTop, j*stride + s - padLeft, c] * dy[n, i, j, o]`.
  ///
  /// @param s the convolution
  /// @param x images `[n, h, w, cin]`
  /// @param x0 their start
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @param dy0 its start
  /// @param dw is added to, `[kh, kw, cin, cout]`
  /// @param dw0 its start
  /// @param scratch at least [#backwardWeightsScratch] floats, contents arbitrary
  public static void backwardWeights(ConvolutionShape s, float[] x, int x0, float[] dy, int dy0,
      float[] dw, int dw0,
      float[] scratch) {
    int window = s.kw() * s.cin();
    int cout = s.cout();
    int columns = Tiles.padded(cout);
    boolean whole = columns == cout;
    int pixels = s.oh() * s.ow();
    int rowLength = s.coveredColumns() * s.cin();
    int padded = Vectors.ALIGNED;
    int gradient = padded + image(s);
    int sums = gradient + pixels * columns;
    if (!whole) {
      Arrays.fill(scratch, sums, sums + s.kh() * window * columns, 0);
    }
    for (int image = 0; image < s.n(); image++) {
      ConvolutionShape.pad(x, x0 + image * s.h() * s.w() * s.cin(), s.h(), s.w(), s.cin(),
          s.padTop(), s.padLeft(),
          scratch, padded, s.coveredRows(), s.coveredColumns(), s.cin());
      int from = dy0 + image * pixels * cout;
      if (!whole) {
        ConvolutionShape.pad(dy, from, 1, pixels, cout, 0, 0, scratch, gradient, 1, pixels,
            columns);
      }
      for (int r = 0; r < s.kh(); r++) {
        Tiles.multiply(window, columns, s.oh(), s.ow(), scratch, padded + r * rowLength, 1,
            s.stride() * s.cin(),
            s.stride() * rowLength, whole ? dy : scratch, whole ? from : gradient, PANEL, columns,
            s.ow() * columns,
            whole ? dw : scratch, (whole ? dw0 : sums) + r * window * columns, columns, true);
      }
    }
    if (!whole) {
      for (int p = 0; p < s.kh() * window; p++) {
        for (int o = 0; o < cout; o++) {
          dw[dw0 + p * cout + o] += scratch[sums + p * columns + o];
        }
      }
    }
  }
}
