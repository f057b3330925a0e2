package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Tiles.PANEL;

/// Convolution with a 3x3 kernel at stride 1 by Winograd's F(4x4, 3x3): sixteen pixels of the output cost 36
/// products instead of 144 (Lavin and Gray 2016).
///
/// ```
/// y = A^T [ sum over c of (G g G^T) * (B^T d B) ] A        * element by element
/// ```
///
/// Over all tiles and channels the 36 elements are 36 matrix products, `[tiles x cin] * [cin x cout]`. A block
/// of tiles goes through input transform, products and output transform while it is in the second-level cache.
/// The weights' gradient is the same formula read from the other side: `dg = G^T [(A dy A^T) * (B^T d B)] G`,
/// summed over tiles.
///
/// The result differs from the direct sum by about 1e-6 relative to its largest value, since the transforms
/// add and subtract numbers of different size.
public final class Winograd {
  /// Edge of the square of output pixels that one tile makes.
  private static final int TILE = 4;
  /// Values of a transformed tile, (4 + 3 - 1)^2.
  private static final int PLANES = 36;
  /// Tiles of a block of the weights' gradient, where tiles are the terms of a sum.
  private static final int TERMS = 32;
  /// Element (1, 1) of a transformed tile.
  private static final int BIAS_PLANE = 7;
  /// Floats of a block: what the products read and write besides the weights.
  private static final int BLOCK_FLOATS = 1 << 18;
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

  /// Where one block's data lies in the scratch array.
  private record Plan(int tileRows, int tileColumns, int rows, int columns, int block, int slots,
      int channels) {

    static Plan of(ConvolutionShape s, int block) {
      int tileRows = (s.oh() + TILE - 1) / TILE;
      int tileColumns = (s.ow() + TILE - 1) / TILE;
      int tiles = tileRows * tileColumns;
      return new Plan(tileRows, tileColumns, TILE * tileRows + 2, TILE * tileColumns + 2,
          Math.min(block, s.n() * tiles), (block + tiles - 2) / tiles + 1, Tiles.padded(s.cin()));
    }

    int tilesOfImage() {
      return tileRows * tileColumns;
    }

    int imageLength() {
      return rows * columns * channels;
    }

    /// Start of tile `tile`, counted over all images, in the ring of padded images.
    int tile(int tile) {
      int inImage = tile % tilesOfImage();
      int slot = tile / tilesOfImage() % slots;
      return slot * imageLength()
          + (inImage / tileColumns * columns + inImage % tileColumns) * TILE * channels;
    }
  }

  private static Plan forwardPlan(ConvolutionShape s) {
    int fitting = BLOCK_FLOATS
        / (PLANES * (Tiles.padded(s.cin()) + Tiles.paddedToPanels(s.cout())));
    return Plan.of(s, Math.max(16, Math.min(fitting / 8 * 8, 64)));
  }

  /// Floats that the transforms need, and one tile of pixels.
  private static int temporary(int channels) {
    return WinogradTransforms.scratch(channels) + TILE * TILE * channels;
  }

  private static int plane(int rows, int columns) {
    return rows * columns + SKEW;
  }

  /// The length of the scratch array that [#forward] needs.
  ///
  /// @param s the convolution
  /// @return a number of floats
  public static int forwardScratch(ConvolutionShape s) {
    Plan plan = forwardPlan(s);
    int wide = Tiles.paddedToPanels(s.cout());
    return plan.slots * plan.imageLength() + 9 * s.cin() * wide
        + temporary(Math.max(plan.channels, wide))
        + PLANES
            * (plane(s.cin(), wide) + plane(plan.block, plan.channels) + plane(plan.block, wide));
  }

  /// The convolution as [ConvolutionShape] defines it, for a kernel that [#suits].
  ///
  /// @param s its sizes
  /// @param x images `[n, h, w, cin]`
  /// @param x0 their start
  /// @param weights `[3, 3, cin, cout]`
  /// @param w0 their start
  /// @param bias `[cout]`
  /// @param bias0 its start
  /// @param y receives `[n, oh, ow, cout]`
  /// @param y0 its start
  /// @param scratch at least [#forwardScratch] floats, contents arbitrary
  public static void forward(ConvolutionShape s, float[] x, int x0, float[] weights, int w0,
      float[] bias, int bias0,
      float[] y, int y0, float[] scratch) {
    Plan plan = forwardPlan(s);
    int cin = s.cin();
    int wide = Tiles.paddedToPanels(s.cout());
    int uPlane = plane(cin, wide);
    int vPlane = plane(plan.block, plan.channels);
    int mPlane = plane(plan.block, wide);
    int u = plan.slots * plan.imageLength();
    int v = u + PLANES * uPlane;
    int m = v + PLANES * vPlane;
    int tmp = m + PLANES * mPlane;
    int paddedWeights = tmp + temporary(Math.max(plan.channels, wide));
    filters(s, weights, w0, wide, scratch, u, uPlane, paddedWeights, tmp);

    int tiles = s.n() * plan.tilesOfImage();
    int padded = 0;
    for (int first = 0; first < tiles; first += plan.block) {
      int count = Math.min(plan.block, tiles - first);
      for (; padded * plan.tilesOfImage() < first + count; padded++) {
        padInput(s, plan, x, x0, padded, scratch);
      }
      for (int t = 0; t < count; t++) {
        WinogradTransforms.input(plan.channels, scratch, plan.tile(first + t),
            plan.columns * plan.channels,
            plan.channels, scratch, v + t * plan.channels, vPlane, scratch, tmp);
      }
      for (int p = 0; p < PLANES; p++) {
        Tiles.multiply(count, wide, 1, cin, scratch, v + p * vPlane, plan.channels, 1, 0, scratch,
            u + p * uPlane,
            cin * PANEL, PANEL, 0, scratch, m + p * mPlane, wide, false);
      }
      addBias(count, bias, bias0, s.cout(), scratch, m + BIAS_PLANE * mPlane, wide);
      for (int t = 0; t < count; t++) {
        outputTile(s, plan, first + t, scratch, m + t * wide, mPlane, wide, tmp, y, y0);
      }
    }
  }

  /// `A^T` times the second unit vector is a vector of ones, so what is added to element (1, 1) of a transformed
  /// tile is added to each of its 16 pixels.
  private static void addBias(int tiles, float[] bias, int bias0, int cout, float[] m, int m0,
      int wide) {
    for (int t = 0; t < tiles; t++) {
      for (int o = 0; o < cout; o++) {
        m[m0 + t * wide + o] += bias[bias0 + o];
      }
    }
  }

  /// Transforms a tile into the output image; through scratch memory where it reaches over the edge or the
  /// channels are not whole vectors.
  private static void outputTile(ConvolutionShape s, Plan plan, int tile, float[] scratch, int m,
      int mPlane, int wide,
      int tmp, float[] y, int y0) {
    int inImage = tile % plan.tilesOfImage();
    int i = inImage / plan.tileColumns * TILE;
    int j = inImage % plan.tileColumns * TILE;
    int rows = Math.min(TILE, s.oh() - i);
    int columns = Math.min(TILE, s.ow() - j);
    int cout = s.cout();
    int to = y0 + ((tile / plan.tilesOfImage() * s.oh() + i) * s.ow() + j) * cout;
    if (columns == TILE && cout % COUNT == 0) {
      WinogradTransforms.output(cout, scratch, m, mPlane, y, to, s.ow() * cout, cout, rows, scratch,
          tmp);
    } else {
      int edge = tmp + WinogradTransforms.scratch(wide);
      WinogradTransforms.output(wide, scratch, m, mPlane, scratch, edge, TILE * wide, wide, rows,
          scratch, tmp);
      for (int r = 0; r < rows; r++) {
        for (int q = 0; q < columns; q++) {
          System.arraycopy(scratch, edge + (r * TILE + q) * wide, y, to + (r * s.ow() + q) * cout,
              cout);
        }
      }
    }
  }

  private static void padInput(ConvolutionShape s, Plan plan, float[] x, int x0, int image,
      float[] scratch) {
    ConvolutionShape.pad(x, x0 + image * s.h() * s.w() * s.cin(), s.h(), s.w(), s.cin(), s.padTop(),
        s.padLeft(),
        scratch, image % plan.slots * plan.imageLength(), plan.rows, plan.columns, plan.channels);
  }

  /// The 36 planes of transformed weights, each in panels as [Tiles] reads them.
  private static void filters(ConvolutionShape s, float[] weights, int w0, int wide,
      float[] scratch, int u, int uPlane,
      int paddedWeights, int tmp) {
    float[] source = weights;
    int start = w0;
    if (wide != s.cout()) {
      ConvolutionShape.pad(weights, w0, 1, 9 * s.cin(), s.cout(), 0, 0, scratch, paddedWeights, 1,
          9 * s.cin(), wide);
      source = scratch;
      start = paddedWeights;
    }
    for (int o = 0; o < wide; o += PANEL) {
      for (int c = 0; c < s.cin(); c++) {
        WinogradTransforms.filter(PANEL, source, start + c * wide + o, s.cin() * wide, scratch,
            u + (o * s.cin() + c * PANEL), uPlane, scratch, tmp);
      }
    }
  }

  /// The length of the scratch array that [#backwardWeights] needs.
  ///
  /// @param s the convolution
  /// @return a number of floats
  public static int backwardWeightsScratch(ConvolutionShape s) {
    Plan plan = Plan.of(s, TERMS);
    int wide = Tiles.padded(s.cout());
    return plan.slots * (plan.imageLength() + plan.rows * plan.columns * wide)
        + PLANES * (plane(plan.block, plan.channels) + plane(plan.block, wide)
            + plane(plan.channels, wide))
        + WinogradTransforms.scratch(Math.max(plan.channels, wide)) + 9 * wide;
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
  /// @param scratch at least [#backwardWeightsScratch] floats, contents arbitrary
  public static void backwardWeights(ConvolutionShape s, float[] x, int x0, float[] dy, int dy0,
      float[] dw, int dw0,
      float[] scratch) {
    Plan plan = Plan.of(s, TERMS);
    int wide = Tiles.padded(s.cout());
    Plan gradientPlan = new Plan(plan.tileRows, plan.tileColumns, plan.rows, plan.columns,
        plan.block, plan.slots, wide);
    int vPlane = plane(plan.block, plan.channels);
    int gPlane = plane(plan.block, wide);
    int uPlane = plane(plan.channels, wide);
    int gradients = plan.slots * plan.imageLength();
    int v = gradients + plan.slots * gradientPlan.imageLength();
    int g = v + PLANES * vPlane;
    int u = g + PLANES * gPlane;
    int tmp = u + PLANES * uPlane;
    int taps = tmp + WinogradTransforms.scratch(Math.max(plan.channels, wide));
    java.util.Arrays.fill(scratch, u, u + PLANES * uPlane, 0);

    int tiles = s.n() * plan.tilesOfImage();
    int padded = 0;
    for (int first = 0; first < tiles; first += plan.block) {
      int count = Math.min(plan.block, tiles - first);
      for (; padded * plan.tilesOfImage() < first + count; padded++) {
        padInput(s, plan, x, x0, padded, scratch);
        ConvolutionShape.pad(dy, dy0 + padded * s.oh() * s.ow() * s.cout(), s.oh(), s.ow(),
            s.cout(), 0, 0, scratch,
            gradients + padded % plan.slots * gradientPlan.imageLength(), plan.rows, plan.columns,
            wide);
      }
      for (int t = 0; t < count; t++) {
        WinogradTransforms.input(plan.channels, scratch, plan.tile(first + t),
            plan.columns * plan.channels,
            plan.channels, scratch, v + t * plan.channels, vPlane, scratch, tmp);
        WinogradTransforms.gradient(wide, scratch, gradients + gradientPlan.tile(first + t),
            plan.columns * wide, wide,
            scratch, g + t * wide, gPlane, scratch, tmp);
      }
      for (int p = 0; p < PLANES; p++) {
        Tiles.multiply(plan.channels, wide, 1, count, scratch, v + p * vPlane, 1, plan.channels, 0,
            scratch,
            g + p * gPlane, PANEL, wide, 0, scratch, u + p * uPlane, wide, true);
      }
    }
    for (int c = 0; c < s.cin(); c++) {
      WinogradTransforms.filterGradient(wide, scratch, u + c * wide, uPlane, scratch, taps, wide,
          scratch, tmp);
      for (int tap = 0; tap < 9; tap++) {
        int to = dw0 + (tap * s.cin() + c) * s.cout();
        int from = taps + tap * wide;
        for (int o = 0; o < s.cout(); o++) {
          dw[to + o] += scratch[from + o];
        }
      }
    }
  }
}
