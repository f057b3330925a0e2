package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Tiles.PANEL;
import static haze.tensor.kernel.WinogradTransforms.COLUMN;
import static haze.tensor.kernel.WinogradTransforms.PLANE;
import static haze.tensor.kernel.WinogradTransforms.ROW;

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
  /// Floats of a block that the products read and write besides the weights: with those of one of the 36 planes, what
  /// the second-level cache holds.
  private static final int BLOCK_FLOATS = 1 << 19;
  /// Most tiles of a block; fewer where channels are many.
  private static final int MOST_TILES = 60;
  /// Tiles of a block are a multiple of this, so that no rows are left over in [Tiles].
  private static final int ROWS = 12;
  /// The same where channels are so many that not even those fit.
  private static final int FEWEST_ROWS = 4;
  /// Most floats of a row of a strip, unless one tile has more: six rows shall stay in the first-level cache.
  private static final int STRIP_FLOATS = 2560;
  /// Most channels on a side.
  private static final int MOST_CHANNELS = PLANE / FEWEST_ROWS / 16 * 16;
  /// A plane of weights must not be a multiple of 4 kB, or the 36 planes compete for the same cache lines.
  private static final int SKEW = 16;
  /// Input channels whose turned filters are gathered at a time.
  private static final int GATHERED = 4;

  private Winograd() {}

  /// Whether this convolution can be done, and pays: with few channels on a side the transforms cost more than
  /// they save.
  ///
  /// @param s the convolution
  /// @return true for a 3x3 kernel, stride 1, and on either side 16 to 1,584 channels in whole vectors
  public static boolean suits(ConvolutionShape s) {
    return s.kh() == 3 && s.kw() == 3 && s.stride() == 1 && suits(s.cin()) && suits(s.cout());
  }

  private static boolean suits(int channels) {
    return channels >= 16 && channels <= MOST_CHANNELS && channels % COUNT == 0;
  }

  /// How the tiles of all images are cut into blocks, and where a block's data lies in the scratch array.
  private static final class Plan {
    final ConvolutionShape s;
    final int tileColumns;
    final int tilesOfImage;
    final int tiles;
    final int block;
    /// Most tiles of a strip.
    final int longest;
    /// Floats of one panel of the 36 planes of weights; the distance of two of its planes.
    final int panelLength;
    final int uPlane;
    final int u;
    final int v;
    final int m;
    /// A strip after the maps down its columns, or along its rows.
    final int strip;
    /// A row of zeros, for what lies outside the image.
    final int zeros;
    /// Takes the pixels of a tile that lie outside the image; holds turned filters.
    final int spare;
    /// What is added to a panel of an image's channels.
    final int constant;
    final int length;

    /// @param products channels of the output that a block's products are kept of at the same time
    Plan(ConvolutionShape s, int products) {
      this.s = s;
      int tileRows = (s.oh() + TILE - 1) / TILE;
      tileColumns = (s.ow() + TILE - 1) / TILE;
      tilesOfImage = tileRows * tileColumns;
      tiles = s.n() * tilesOfImage;
      int widest = Math.max(s.cin(), products);
      int fitting = Math.min(MOST_TILES,
          Math.min(BLOCK_FLOATS / (PLANES * (s.cin() + products)), PLANE / widest));
      int rows = fitting < ROWS ? FEWEST_ROWS : ROWS;
      block = Math.min(tiles, Math.max(fitting / rows * rows, FEWEST_ROWS));
      longest = Math.clamp((STRIP_FLOATS / widest - 2) / TILE, 1,
          Math.min(tileColumns, COLUMN / PANEL));
      uPlane = s.cin() * Math.min(s.cout(), PANEL) + SKEW;
      panelLength = PLANES * uPlane;
      u = Vectors.ALIGNED;
      v = u + (oneBlock() ? 1 : (s.cout() + PANEL - 1) / PANEL) * panelLength;
      m = v + PLANES * PLANE;
      strip = m + PLANES * PLANE;
      zeros = strip + Math.max(6 * ROW, 24 * COLUMN);
      spare = zeros + (TILE * longest + 2) * widest;
      constant = spare + (GATHERED * 9 + 18) * PANEL;
      length = constant + PANEL;
    }

    /// Then a panel of weights is used once, and all panels share their place.
    boolean oneBlock() {
      return block == tiles;
    }

    int panel(int firstChannel) {
      return u + (oneBlock() ? 0 : firstChannel / PANEL * panelLength);
    }

    /// Tiles from `tile` on that lie in the same row of the same image, before `end`: a strip.
    int strip(int tile, int end) {
      return Math.min(Math.min(tileColumns - tile % tileColumns, longest), end - tile);
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
    return Math.max(forwardPlan(s).length, backwardPlan(s).length);
  }

  private static Plan forwardPlan(ConvolutionShape s) {
    return new Plan(s, Math.min(s.cout(), PANEL));
  }

  private static Plan backwardPlan(ConvolutionShape s) {
    return new Plan(s, s.cout());
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
    Plan plan = forwardPlan(s);
    Arrays.fill(scratch, plan.zeros, plan.spare, 0);
    for (int first = 0; first < plan.tiles; first += plan.block) {
      int end = Math.min(first + plan.block, plan.tiles);
      input(plan, x, x0, first, end, s.cin(), COUNT, scratch);
      for (int o = 0; o < s.cout(); o += PANEL) {
        int width = Math.min(PANEL, s.cout() - o);
        int u = plan.panel(o);
        if (first == 0) {
          filters(plan, weights, w0, flipped, o, width, scratch, u);
        }
        for (int p = 0; p < PLANES; p++) {
          Tiles.multiply(end - first, width, 1, s.cin(), scratch, plan.v + p * PLANE, s.cin(), 1,
              0, scratch, u + p * plan.uPlane, 0, width, 0, scratch, plan.m + p * PLANE, width,
              false);
        }
        output(plan, first, end, o, width, additions, scratch, y, y0);
      }
      if (additions.hasResidual()) {
        addResidual(plan, first, end, additions, y, y0);
      }
    }
  }

  /// Transforms a block of tiles of the input.
  ///
  /// @param tileStep floats from one transformed tile to the next
  /// @param step floats from one vector of a tile's channels to the next
  private static void input(Plan plan, float[] x, int x0, int first, int end, int tileStep,
      int step, float[] scratch) {
    ConvolutionShape s = plan.s;
    int n = s.cin();
    int strip = plan.strip;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.strip(tile, end);
      int wide = TILE * run + 2;
      int left = plan.column(tile) - s.padLeft();
      // Columns of the strip in the image; the others are zero, and so is all that comes of them down the columns.
      int from = Math.max(0, -left);
      int to = Math.min(wide, s.w() - left);
      clear(scratch, strip, 0, from * n);
      clear(scratch, strip, to * n, wide * n);
      int i = plan.row(tile) - s.padTop();
      int h = s.h();
      int row = s.w() * n;
      int at = x0 + (plan.image(tile) * h * s.w() + left + from) * n;
      int zeros = plan.zeros;
      WinogradTransforms.inputColumns((to - from) * n,
          array(i, h, x, scratch), start(i, h, at, row, zeros),
          array(i + 1, h, x, scratch), start(i + 1, h, at, row, zeros),
          array(i + 2, h, x, scratch), start(i + 2, h, at, row, zeros),
          array(i + 3, h, x, scratch), start(i + 3, h, at, row, zeros),
          array(i + 4, h, x, scratch), start(i + 4, h, at, row, zeros),
          array(i + 5, h, x, scratch), start(i + 5, h, at, row, zeros),
          scratch, strip + from * n);
      int v = plan.v + (tile - first) * tileStep;
      WinogradTransforms.inputRows(run, n, scratch, strip, scratch, v, tileStep, step);
      WinogradTransforms.inputRows(run, n, scratch, strip + 3 * ROW, scratch, v + 18 * PLANE,
          tileStep, step);
    }
  }

  /// The array of row `i` of an image of `h` rows, or of what stands for a row outside.
  private static float[] array(int i, int h, float[] image, float[] outside) {
    return i >= 0 && i < h ? image : outside;
  }

  /// Where row `i` of an image that begins at `at` starts, or what stands for a row outside.
  private static int start(int i, int h, int at, int row, int outside) {
    return i >= 0 && i < h ? at + i * row : outside;
  }

  /// Makes a range of the six rows of a strip zero.
  private static void clear(float[] scratch, int strip, int from, int to) {
    if (from < to) {
      for (int i = 0; i < 6; i++) {
        Arrays.fill(scratch, strip + i * ROW + from, strip + i * ROW + to, 0);
      }
    }
  }

  /// Transforms a panel of weights: in each of the 36 planes, `width` output channels for every input channel.
  private static void filters(Plan plan, float[] weights, int w0, boolean flipped, int o,
      int width, float[] scratch, int u) {
    ConvolutionShape s = plan.s;
    int taps = plan.spare;
    int tmp = taps + GATHERED * 9 * PANEL;
    if (!flipped) {
      WinogradTransforms.filter(s.cin(), width, weights, w0 + o, s.cin() * s.cout(), s.cout(),
          scratch, u, plan.uPlane, scratch, tmp);
      return;
    }
    int[] column = Vectors.column(s.cin());
    for (int c = 0; c < s.cin(); c += GATHERED) {
      for (int tap = 0; tap < 9; tap++) {
        for (int q = 0; q < GATHERED; q++) {
          Vectors.gather(width, weights, w0 + ((8 - tap) * s.cout() + o) * s.cin() + c + q,
              s.cin(), column, scratch, taps + (tap * GATHERED + q) * width);
        }
      }
      WinogradTransforms.filter(GATHERED, width, scratch, taps, GATHERED * width, width, scratch,
          u + c * width, plan.uPlane, scratch, tmp);
    }
  }

  /// Transforms a block of products into the output's channels from `o` on.
  private static void output(Plan plan, int first, int end, int o, int width, Additions additions,
      float[] scratch, float[] y, int y0) {
    ConvolutionShape s = plan.s;
    int strip = plan.strip;
    int imageOfConstant = -1;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.strip(tile, end);
      int image = plan.image(tile);
      int m = plan.m + (tile - first) * width;
      if (additions.hasConstant()) {
        if (image != imageOfConstant) {
          additions.constant(image, s.cout(), o, width, scratch, plan.constant);
          imageOfConstant = image;
        }
        Pixels.add(run, width, scratch, plan.constant, scratch, m + UNIT_PLANE * PLANE);
      }
      WinogradTransforms.outputColumns(run * width, scratch, m, scratch, strip);
      WinogradTransforms.outputColumns(run * width, scratch, m + 3 * PLANE, scratch,
          strip + 3 * COLUMN);
      int cout = s.cout();
      int rows = Math.min(TILE, s.oh() - plan.row(tile));
      // The last tile may reach over the image's edge.
      int over = Math.max(0, TILE * run - (s.ow() - plan.column(tile)));
      int whole = over > 0 ? run - 1 : run;
      for (int r = 0; r < rows; r++) {
        int from = strip + 6 * r * COLUMN;
        int to = y0 + ((image * s.oh() + plan.row(tile) + r) * s.ow() + plan.column(tile)) * cout
            + o;
        WinogradTransforms.outputRow(whole, width, scratch, from, y, to, y, to + cout, y,
            to + 2 * cout, y, to + 3 * cout, TILE * cout);
        if (over > 0) {
          to += whole * TILE * cout;
          int spare = plan.spare;
          WinogradTransforms.outputRow(1, width, scratch, from + whole * width, y, to,
              over > 2 ? scratch : y, over > 2 ? spare : to + cout,
              over > 1 ? scratch : y, over > 1 ? spare : to + 2 * cout,
              scratch, spare, 0);
        }
      }
    }
  }

  private static void addResidual(Plan plan, int first, int end, Additions additions, float[] y,
      int y0) {
    ConvolutionShape s = plan.s;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.strip(tile, end);
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
    Plan plan = backwardPlan(s);
    Arrays.fill(scratch, plan.zeros, plan.spare, 0);
    // Channels are the rows of these products: a vector of them lies together, tile after tile.
    int rows = plan.block * COUNT;
    for (int first = 0; first < plan.tiles; first += plan.block) {
      int end = Math.min(first + plan.block, plan.tiles);
      input(plan, x, x0, first, end, COUNT, rows, scratch);
      gradient(plan, dy, dy0, first, end, scratch);
      for (int o = 0; o < s.cout(); o += PANEL) {
        int width = Math.min(PANEL, s.cout() - o);
        int u = plan.panel(o);
        int m = plan.m + o * plan.block;
        for (int p = 0; p < PLANES; p++) {
          Tiles.multiplyPacked(s.cin(), width, end - first, scratch, plan.v + p * PLANE, rows,
              scratch, m + p * PLANE, 0, scratch, u + p * plan.uPlane, width, first > 0);
        }
        if (end == plan.tiles) {
          addFilterGradient(plan, o, width, scratch, u, dw, dw0);
        }
      }
    }
  }

  /// Transforms a block of tiles of the output's gradient, panel after panel of channels.
  private static void gradient(Plan plan, float[] dy, int dy0, int first, int end,
      float[] scratch) {
    ConvolutionShape s = plan.s;
    int n = s.cout();
    int strip = plan.strip;
    int run;
    for (int tile = first; tile < end; tile += run) {
      run = plan.strip(tile, end);
      int j = plan.column(tile);
      int columns = Math.min(TILE * run, s.ow() - j);
      clear(scratch, strip, columns * n, TILE * run * n);
      int i = plan.row(tile);
      int h = s.oh();
      int row = s.ow() * n;
      int at = dy0 + (plan.image(tile) * h * s.ow() + j) * n;
      int zeros = plan.zeros;
      WinogradTransforms.gradientColumns(columns * n,
          array(i, h, dy, scratch), start(i, h, at, row, zeros),
          array(i + 1, h, dy, scratch), start(i + 1, h, at, row, zeros),
          array(i + 2, h, dy, scratch), start(i + 2, h, at, row, zeros),
          array(i + 3, h, dy, scratch), start(i + 3, h, at, row, zeros),
          scratch, strip);
      for (int o = 0; o < n; o += PANEL) {
        int width = Math.min(PANEL, n - o);
        int m = plan.m + o * plan.block + (tile - first) * width;
        WinogradTransforms.gradientRows(run, width, scratch, strip + o, n, scratch, m);
        WinogradTransforms.gradientRows(run, width, scratch, strip + 3 * ROW + o, n, scratch,
            m + 18 * PLANE);
      }
    }
  }

  private static void addFilterGradient(Plan plan, int o, int width, float[] scratch, int u,
      float[] dw, int dw0) {
    ConvolutionShape s = plan.s;
    int taps = plan.spare;
    for (int c = 0; c < s.cin(); c++) {
      WinogradTransforms.filterGradient(width, scratch, u + c * width, plan.uPlane, scratch, taps,
          width, scratch, taps + 9 * PANEL);
      for (int tap = 0; tap < 9; tap++) {
        Vectors.add(width, scratch, taps + tap * width, dw,
            dw0 + (tap * s.cin() + c) * s.cout() + o);
      }
    }
  }
}
