package haze.tensor.kernel;

import static haze.tensor.kernel.Tiles.PANEL;

import java.util.Arrays;

/// Convolution with a 3x3 kernel at stride 1 by Winograd's F(4x4, 3x3): sixteen pixels of the output cost 36
/// products instead of 144 (Lavin and Gray 2016).
///
/// ```
/// y = A^T [ sum over c of (G g G^T) * (B^T d B) ] A        * element by element
/// ```
///
/// Over all tiles and channels the 36 elements are 36 matrix products, `[tiles x cin] * [cin x cout]`. A block
/// of tiles, and of the output channels one panel after the other, goes through input transform, products and output
/// transform while it is in the second-level cache. The weights' gradient is the same formula read from the other
/// side: `dg = G^T [(A dy A^T) * (B^T d B)] G`, summed over tiles.
///
/// The result differs from the direct sum by about 1e-6 relative to its largest value, since the transforms
/// add and subtract numbers of different size.
public final class Winograd {
  /// Edge of the square of output pixels that one tile makes.
  private static final int TILE = 4;
  /// Values of a transformed tile, (4 + 3 - 1)^2.
  private static final int PLANES = 36;
  /// Element (1, 1) of a transformed tile: `A^T` times the second unit vector is a vector of ones, so what is added
  /// to this element is added to each of the tile's 16 pixels.
  private static final int UNIT_PLANE = 7;
  /// Floats of a block that the products read and write besides the weights: a megabyte.
  private static final int BLOCK_FLOATS = 1 << 18;
  /// Most tiles of a block; fewer where channels are many.
  private static final int MOST_TILES = 84;
  /// Tiles of a block are a multiple of this, the rows of [Tiles].
  private static final int ROWS = 4;
  /// A plane's size must not be a multiple of 4 kB, or the 36 planes compete for the same cache lines.
  private static final int SKEW = 16;

  private Winograd() {}

  /// Whether this convolution can be done, and pays: with few channels on a side the transforms cost more than
  /// they save.
  ///
  /// @param s the convolution
  /// @return true for a 3x3 kernel, stride 1 and at least 16 channels on either side
  public static boolean suits(ConvolutionShape s) {
    return s.kh() == 3 && s.kw() == 3 && s.stride() == 1 && s.cin() >= 16 && s.cout() >= 16;
  }

  /// How the tiles of all images are cut into blocks, and where a block's data lies in the scratch array.
  private static final class Plan {
    final ConvolutionShape s;
    final int tileColumns;
    final int tilesOfImage;
    final int tiles;
    final int block;
    /// Input channels in whole vectors.
    final int channels;
    /// Floats of one panel of the 36 planes of weights; the distance of two of its planes.
    final int panelLength;
    final int uPlane;
    final int vPlane;
    final int mPlane;
    final int u;
    final int v;
    final int m;
    /// A strip's transform; its input, or its last row of output.
    final int tmp;
    final int strip;
    /// What is added to a panel of an image's channels.
    final int constant;
    final int length;

    Plan(ConvolutionShape s) {
      this.s = s;
      int tileRows = (s.oh() + TILE - 1) / TILE;
      tileColumns = (s.ow() + TILE - 1) / TILE;
      tilesOfImage = tileRows * tileColumns;
      tiles = s.n() * tilesOfImage;
      channels = Tiles.padded(s.cin());
      int width = Math.min(Tiles.padded(s.cout()), PANEL);
      int fitting = BLOCK_FLOATS / (PLANES * (channels + width));
      block = Math.min(tiles, Math.max(ROWS, Math.min(fitting, MOST_TILES) / ROWS * ROWS));
      int panels = (s.cout() + PANEL - 1) / PANEL;
      int widest = Math.max(channels, width);
      uPlane = channels * PANEL + SKEW;
      vPlane = block * channels + SKEW;
      mPlane = block * width + SKEW;
      panelLength = PLANES * uPlane;
      u = Vectors.ALIGNED;
      v = u + (oneBlock() ? 1 : panels) * panelLength;
      m = v + PLANES * vPlane;
      tmp = m + PLANES * mPlane;
      strip = tmp + WinogradTransforms.scratch(tileColumns, widest);
      constant = strip + Math.max(6 * (TILE * tileColumns + 2) * widest, 9 * PANEL + 18 * PANEL);
      length = constant + PANEL;
    }

    /// Then a panel of weights is used once, and all panels share their place.
    boolean oneBlock() {
      return block == tiles;
    }

    int panel(int firstChannel) {
      return u + (oneBlock() ? 0 : firstChannel / PANEL * panelLength);
    }

    /// Tiles from `tile` on that lie in the same row of the same image, before `end`.
    int run(int tile, int end) {
      return Math.min(tileColumns - tile % tileColumns, end - tile);
    }

    int image(int tile) {
      return tile / tilesOfImage;
    }

    /// First output row of a tile.
    int row(int tile) {
      return tile % tilesOfImage / tileColumns * TILE;
    }

    /// First output column of a tile.
    int column(int tile) {
      return tile % tileColumns * TILE;
    }
  }

  /// The length of the scratch array that [#forward] and [#backwardWeights] need.
  ///
  /// @param s the convolution
  /// @return a number of floats
  public static int scratch(ConvolutionShape s) {
    return new Plan(s).length;
  }

  /// The convolution as [ConvolutionShape] defines it, for a kernel that [#suits].
  ///
  /// @param s its sizes
  /// @param x images `[n, h, w, cin]`
  /// @param x0 their start
  /// @param weights `[3, 3, cin, cout]`; if flipped `[3, 3, cout, cin]`
  /// @param w0 their start
  /// @param flipped whether the kernel is to be turned by 180 degrees and its channels exchanged, as backward does
  /// @param additions what is added to the result
  /// @param y receives `[n, oh, ow, cout]`
  /// @param y0 its start
  /// @param scratch at least [#scratch] floats, contents arbitrary
  public static void forward(ConvolutionShape s, float[] x, int x0, float[] weights, int w0,
      boolean flipped, Additions additions, float[] y, int y0, float[] scratch) {
    Plan plan = new Plan(s);
    for (int first = 0; first < plan.tiles; first += plan.block) {
      int end = Math.min(first + plan.block, plan.tiles);
      input(plan, x, x0, first, end, scratch);
      for (int o = 0; o < s.cout(); o += PANEL) {
        int width = Tiles.padded(Math.min(PANEL, s.cout() - o));
        int u = plan.panel(o);
        if (first == 0) {
          filters(plan, weights, w0, flipped, o, scratch, u);
        }
        for (int p = 0; p < PLANES; p++) {
          Tiles.multiply(end - first, width, 1, s.cin(), scratch, plan.v + p * plan.vPlane,
              plan.channels, 1, 0, scratch, u + p * plan.uPlane, 0, PANEL, 0, scratch,
              plan.m + p * plan.mPlane, width, false);
        }
        output(plan, first, end, o, width, additions, scratch, y, y0);
      }
      if (additions.hasResidual()) {
        addResidual(plan, first, end, additions, y, y0);
      }
    }
  }

  /// Transforms a block of tiles of the input.
  private static void input(Plan plan, float[] x, int x0, int first, int end, float[] scratch) {
    ConvolutionShape s = plan.s;
    int n = plan.channels;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.run(tile, end);
      int wide = TILE * run + 2;
      int top = plan.row(tile) - s.padTop();
      int left = plan.column(tile) - s.padLeft();
      // Columns of the strip that lie in the image.
      int from = Math.max(0, -left);
      int columns = Math.min(wide, s.w() - left) - from;
      int image = x0 + plan.image(tile) * s.h() * s.w() * s.cin();
      float[] source = x;
      int at = image + (top * s.w() + left + from) * s.cin();
      int row = s.w() * s.cin();
      if (top < 0 || top + TILE + 2 > s.h() || n != s.cin()) {
        ConvolutionShape.window(x, image, s.h(), s.w(), s.cin(), top, left + from, 0, s.cin(),
            scratch, plan.strip, TILE + 2, columns, n);
        source = scratch;
        at = plan.strip;
        row = columns * n;
      }
      WinogradTransforms.input(run, n, source, at, row, from, columns, scratch,
          plan.v + (tile - first) * n, plan.vPlane, scratch, plan.tmp);
    }
  }

  /// Transforms a panel of weights: in each of the 36 planes, [Tiles#PANEL] output channels for every input channel.
  private static void filters(Plan plan, float[] weights, int w0, boolean flipped, int o,
      float[] scratch, int u) {
    ConvolutionShape s = plan.s;
    int width = Math.min(PANEL, s.cout() - o);
    int whole = Tiles.padded(width);
    int taps = plan.strip;
    int tmp = taps + 9 * PANEL;
    boolean inPlace = !flipped && width == whole;
    int[] column = Vectors.column(s.cin());
    Arrays.fill(scratch, taps, tmp, 0);
    for (int c = 0; c < s.cin(); c++) {
      if (inPlace) {
        WinogradTransforms.filter(whole, weights, w0 + c * s.cout() + o, s.cin() * s.cout(),
            scratch, u + c * PANEL, plan.uPlane, scratch, tmp);
        continue;
      }
      for (int tap = 0; tap < 9; tap++) {
        if (flipped) {
          Vectors.gather(width, weights, w0 + ((8 - tap) * s.cout() + o) * s.cin() + c, s.cin(),
              column, scratch, taps + tap * PANEL);
        } else {
          System.arraycopy(weights, w0 + (tap * s.cin() + c) * s.cout() + o, scratch,
              taps + tap * PANEL, width);
        }
      }
      WinogradTransforms.filter(whole, scratch, taps, PANEL, scratch, u + c * PANEL, plan.uPlane,
          scratch, tmp);
    }
  }

  /// Transforms a block of products into the output's channels from `o` on.
  private static void output(Plan plan, int first, int end, int o, int width, Additions additions,
      float[] scratch, float[] y, int y0) {
    ConvolutionShape s = plan.s;
    int written = Math.min(width, s.cout() - o);
    int imageOfConstant = -1;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.run(tile, end);
      int image = plan.image(tile);
      if (image != imageOfConstant && additions.hasConstant()) {
        additions.constant(image, s.cout(), o, written, scratch, plan.constant);
        imageOfConstant = image;
      }
      int m = plan.m + (tile - first) * width;
      if (additions.hasConstant()) {
        Pixels.add(run, width, scratch, plan.constant, scratch,
            m + UNIT_PLANE * plan.mPlane);
      }
      WinogradTransforms.outputColumns(run, width, scratch, m, plan.mPlane, scratch, plan.tmp);
      int i = plan.row(tile);
      int j = plan.column(tile);
      int rows = Math.min(TILE, s.oh() - i);
      int columns = Math.min(TILE * run, s.ow() - j);
      int whole = written == width ? columns / TILE : 0;
      for (int r = 0; r < rows; r++) {
        int from = plan.tmp + r * 6 * run * width;
        int to = y0 + ((image * s.oh() + i + r) * s.ow() + j) * s.cout() + o;
        WinogradTransforms.outputRow(whole, width, scratch, from, run * width, width, y, to,
            s.cout());
        if (whole < run) {
          // The last tile reaches over the edge, or the channels are not whole vectors.
          WinogradTransforms.outputRow(run - whole, width, scratch, from + whole * width,
              run * width, width, scratch, plan.strip, width);
          for (int q = whole * TILE; q < columns; q++) {
            System.arraycopy(scratch, plan.strip + (q - whole * TILE) * width, y,
                to + q * s.cout(), written);
          }
        }
      }
    }
  }

  private static void addResidual(Plan plan, int first, int end, Additions additions, float[] y,
      int y0) {
    ConvolutionShape s = plan.s;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.run(tile, end);
      int rows = Math.min(TILE, s.oh() - plan.row(tile));
      int columns = Math.min(TILE * run, s.ow() - plan.column(tile));
      for (int r = 0; r < rows; r++) {
        int at = ((plan.image(tile) * s.oh() + plan.row(tile) + r) * s.ow() + plan.column(tile))
            * s.cout();
        additions.addResidual(at, columns * s.cout(), y, y0);
      }
    }
  }

  /// Adds the gradient of the weights, see [DirectConvolution#backwardWeights].
  ///
  /// @param s the convolution
  /// @param x images `[n, h, w, cin]`
  /// @param x0 their start
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @param dy0 its start
  /// @param dw is added to, `[3, 3, cin, cout]`
  /// @param dw0 its start
  /// @param scratch at least [#scratch] floats, contents arbitrary
  public static void backwardWeights(ConvolutionShape s, float[] x, int x0, float[] dy, int dy0,
      float[] dw, int dw0, float[] scratch) {
    Plan plan = new Plan(s);
    for (int first = 0; first < plan.tiles; first += plan.block) {
      int end = Math.min(first + plan.block, plan.tiles);
      input(plan, x, x0, first, end, scratch);
      for (int o = 0; o < s.cout(); o += PANEL) {
        int width = Tiles.padded(Math.min(PANEL, s.cout() - o));
        int u = plan.panel(o);
        gradient(plan, dy, dy0, first, end, o, width, scratch);
        for (int p = 0; p < PLANES; p++) {
          Tiles.multiply(plan.channels, width, 1, end - first, scratch, plan.v + p * plan.vPlane, 1,
              plan.channels, 0, scratch, plan.m + p * plan.mPlane, 0, width, 0, scratch,
              u + p * plan.uPlane, PANEL, first > 0);
        }
        if (end == plan.tiles) {
          addFilterGradient(plan, o, width, scratch, u, dw, dw0);
        }
      }
    }
  }

  /// Transforms a block of tiles of the output's gradient, channels from `o` on.
  private static void gradient(Plan plan, float[] dy, int dy0, int first, int end, int o, int width,
      float[] scratch) {
    ConvolutionShape s = plan.s;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.run(tile, end);
      int i = plan.row(tile);
      int j = plan.column(tile);
      int image = dy0 + plan.image(tile) * s.oh() * s.ow() * s.cout();
      float[] source = dy;
      int at = image + (i * s.ow() + j) * s.cout();
      int row = s.ow() * s.cout();
      if (i + TILE > s.oh() || j + TILE * run > s.ow() || width != s.cout()) {
        ConvolutionShape.window(dy, image, s.oh(), s.ow(), s.cout(), i, j, o,
            Math.min(width, s.cout() - o), scratch, plan.strip, TILE, TILE * run, width);
        source = scratch;
        at = plan.strip;
        row = TILE * run * width;
      }
      WinogradTransforms.gradient(run, width, source, at, row, scratch,
          plan.m + (tile - first) * width, plan.mPlane, scratch, plan.tmp);
    }
  }

  private static void addFilterGradient(Plan plan, int o, int width, float[] scratch, int u,
      float[] dw, int dw0) {
    ConvolutionShape s = plan.s;
    int written = Math.min(width, s.cout() - o);
    int taps = plan.strip;
    for (int c = 0; c < s.cin(); c++) {
      WinogradTransforms.filterGradient(width, scratch, u + c * PANEL, plan.uPlane, scratch, taps,
          width, scratch, taps + 9 * PANEL);
      for (int tap = 0; tap < 9; tap++) {
        Vectors.add(written, scratch, taps + tap * width, dw,
            dw0 + (tap * s.cin() + c) * s.cout() + o);
      }
    }
  }
}
