package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.WIDEST;
import static haze.tensor.kernel.Tiles.PANEL;

import java.util.Arrays;

/// Convolution with any kernel size, stride and padding, without a copy of every window (im2col).
/// In an image with a border of zeros the `kw * cin` numbers of one row of a window are neighbours:
/// the tile's inner sum runs along them and its outer sum over the `kh` rows.
///
/// The gradient of the weights sums over pixels instead, and for that one row of all windows of an
/// image is copied together. Where the output has [#isNarrow] channels, vectors run along the
/// input's instead.
public final class DirectConvolution {
  private DirectConvolution() {}

  /// Whether so few output channels, a quarter of a vector of 16 lanes or less, would leave vectors
  /// of them nearly empty, while the input's channels are whole vectors: a network's last layer.
  private static boolean isNarrow(ConvolutionShape s) {
    return s.cout() <= WIDEST / 4 && s.cin() % WIDEST == 0;
  }

  /// {@return the floats of scratch memory that [#forward] needs}
  public static int forwardScratch(ConvolutionShape s) {
    return Vectors.ALIGNED_OFFSET + image(s)
        + s.kh() * s.kw() * s.cin() * Tiles.paddedToPanels(s.cout())
        + (s.ow() + 1) * Tiles.padded(s.cout());
  }

  /// {@return the floats of scratch memory that [#backwardWeights] needs}
  public static int backwardWeightsScratch(ConvolutionShape s) {
    return Vectors.ALIGNED_OFFSET + image(s)
        + (s.oh() * s.ow() + s.kh() * s.kw() * s.cin()) * Tiles.padded(s.cout())
        + s.oh() * s.ow() * Tiles.padded(s.kw() * s.cin());
  }

  private static int image(ConvolutionShape s) {
    return Tiles.padded(s.coveredRows() * s.coveredColumns() * s.cin());
  }

  /// The convolution as [ConvolutionShape] defines it.
  ///
  /// @param x images `[n, h, w, cin]`
  /// @param weights `[kh, kw, cin, cout]`; if flipped `[kh, kw, cout, cin]`
  /// @param flipped whether the kernel is turned by 180 degrees and its channels exchanged, as for
  ///   the gradient of the images
  /// @param y receives `[n, oh, ow, cout]`
  /// @param scratch at least [#forwardScratch] floats, contents arbitrary
  public static void forward(ConvolutionShape s, float[] x, int x0, float[] weights, int w0,
      boolean flipped, Epilogue epilogue, float[] y, int y0, float[] scratch) {
    int window = s.kw() * s.cin();
    int depth = s.kh() * window;
    int cout = s.cout();
    int columns = Tiles.padded(cout);
    boolean whole = columns == cout;
    boolean narrow = isNarrow(s);
    int rowLength = s.coveredColumns() * s.cin();
    int padded0 = Vectors.ALIGNED_OFFSET;
    int packed0 = padded0 + image(s);
    int row0 = packed0 + depth * Tiles.paddedToPanels(cout);
    int constant0 = row0 + s.ow() * columns;
    int step = s.stride() * s.cin();
    if (narrow) {
      packByChannel(s, weights, w0, flipped, scratch, packed0);
    } else {
      pack(s, weights, w0, flipped, scratch, packed0);
    }
    for (int image = 0; image < s.n(); image++) {
      ConvolutionShape.pad(x, x0 + image * s.h() * s.w() * s.cin(), s.h(), s.w(), s.cin(),
          s.padTop(), s.padLeft(), scratch, padded0, s.coveredRows(), s.coveredColumns(), s.cin());
      epilogue.constant(image, cout, 0, cout, scratch, constant0);
      for (int i = 0; i < s.oh(); i++) {
        int at = (image * s.oh() + i) * s.ow() * cout;
        int from = padded0 + i * s.stride() * rowLength;
        if (narrow) {
          for (int o = 0; o < cout; o++) {
            Dots.multiply(s.ow(), s.kh(), window, scratch, from, step, rowLength, scratch,
                packed0 + o * depth, y, y0 + at + o, cout);
          }
        } else {
          Tiles.multiply(s.ow(), columns, s.kh(), window, scratch, from, step, rowLength, scratch,
              packed0, depth * PANEL, whole ? y : scratch, whole ? y0 + at : row0, columns, false);
          if (!whole) {
            Vectors.unpad(s.ow(), cout, columns, scratch, row0, y, y0 + at);
          }
        }
        if (epilogue.hasConstant()) {
          Pixels.add(s.ow(), cout, scratch, constant0, y, y0 + at);
        }
        if (epilogue.hasResidual()) {
          epilogue.addResidual(at, s.ow() * cout, y, y0);
        }
      }
    }
  }

  /// Packs the weights into B's panels of [Tiles#multiply], over the whole depth.
  private static void pack(ConvolutionShape s, float[] weights, int w0, boolean flipped,
      float[] out, int out0) {
    int taps = s.kh() * s.kw();
    int cin = s.cin();
    int cout = s.cout();
    for (int o = 0; o < cout; o += PANEL) {
      int width = Math.min(PANEL, cout - o);
      int panelRow = Tiles.padded(width);
      int to = out0 + o * taps * cin;
      if (width < panelRow) {
        Arrays.fill(out, to, to + taps * cin * panelRow, 0);
      }
      for (int p = 0; p < taps * cin; p++) {
        if (flipped) {
          int tap = taps - 1 - p / cin;
          Vectors.gather(width, weights, w0 + (tap * cout + o) * cin + p % cin, cin, out,
              to + p * panelRow);
        } else {
          System.arraycopy(weights, w0 + p * cout + o, out, to + p * panelRow, width);
        }
      }
    }
  }

  /// The weights of one output channel after the other, for [Dots].
  private static void packByChannel(ConvolutionShape s, float[] weights, int w0, boolean flipped,
      float[] out, int out0) {
    int taps = s.kh() * s.kw();
    int cin = s.cin();
    int cout = s.cout();
    for (int o = 0; o < cout; o++) {
      for (int p = 0; p < taps * cin; p++) {
        int from = flipped
            ? ((taps - 1 - p / cin) * cout + o) * cin + p % cin
            : p * cout + o;
        out[out0 + o * taps * cin + p] = weights[w0 + from];
      }
    }
  }

  /// Adds the gradient of the weights: for every tap (r, s, c) and output channel o, `dw[r, s, c,
  /// o] += sum over n, i, j of x[n, i*stride + r - padTop, j*stride + s - padLeft, c] * dy[n, i, j,
  /// o]`.
  ///
  /// @param x images `[n, h, w, cin]`
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @param dw is added to, `[kh, kw, cin, cout]`
  /// @param scratch at least [#backwardWeightsScratch] floats, contents arbitrary
  public static void backwardWeights(ConvolutionShape s, float[] x, int x0, float[] dy, int dy0,
      float[] dw, int dw0, float[] scratch) {
    int window = s.kw() * s.cin();
    int cout = s.cout();
    int columns = Tiles.padded(cout);
    // The images are added to dw one by one, or first together, whatever this machine's vectors.
    boolean whole = cout % WIDEST == 0;
    boolean isPanel = columns == cout && cout <= PANEL;
    boolean narrow = isNarrow(s);
    int pixels = s.oh() * s.ow();
    int rowLength = s.coveredColumns() * s.cin();
    int padded0 = Vectors.ALIGNED_OFFSET;
    int gradient0 = padded0 + image(s);
    int sums0 = gradient0 + pixels * columns;
    int windows0 = sums0 + s.kh() * window * columns;
    int step = s.stride() * s.cin();
    int rowStep = s.stride() * rowLength;
    if (!whole) {
      Arrays.fill(scratch, sums0, sums0 + s.kh() * window * columns, 0);
    }
    for (int image = 0; image < s.n(); image++) {
      ConvolutionShape.pad(x, x0 + image * s.h() * s.w() * s.cin(), s.h(), s.w(), s.cin(),
          s.padTop(), s.padLeft(), scratch, padded0, s.coveredRows(), s.coveredColumns(), s.cin());
      int from = dy0 + image * pixels * cout;
      for (int o = 0; o < cout && !narrow && !isPanel; o += PANEL) {
        int width = Math.min(PANEL, cout - o);
        Packing.pack(width, pixels, dy, from + o, 1, cout, scratch, gradient0 + o * pixels, COUNT,
            Tiles.padded(width));
      }
      for (int r = 0; r < s.kh(); r++) {
        int rows = padded0 + r * rowLength;
        if (narrow) {
          Tiles.multiplyInPlace(cout, window, s.oh(), s.ow(), dy, from, 1, cout, s.ow() * cout,
              scratch, rows, step, rowStep, scratch, sums0 + r * window * cout, window, true);
        } else {
          for (int i = 0; i < s.oh(); i++) {
            Packing.pack(window, s.ow(), scratch, rows + i * rowStep, 1, step, scratch,
                windows0 + i * s.ow() * COUNT, pixels * COUNT, COUNT);
          }
          Tiles.multiplyPacked(window, columns, pixels, scratch, windows0, pixels * COUNT,
              isPanel ? dy : scratch, isPanel ? from : gradient0, pixels * PANEL,
              whole ? dw : scratch, (whole ? dw0 : sums0) + r * window * columns, columns, true);
        }
      }
    }
    if (!whole) {
      for (int p = 0; p < s.kh() * window; p++) {
        for (int o = 0; o < cout; o++) {
          int at = narrow ? (p / window * cout + o) * window + p % window : p * columns + o;
          dw[dw0 + p * cout + o] += scratch[sums0 + at];
        }
      }
    }
  }
}
