package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.WIDEST;
import static haze.tensor.kernel.Tiles.PANEL;
import static haze.tensor.kernel.WinogradPlan.GATHERED;
import static haze.tensor.kernel.WinogradPlan.MOST_CHANNELS;
import static haze.tensor.kernel.WinogradPlan.PLANES;
import static haze.tensor.kernel.WinogradTransforms.COLUMN;
import static haze.tensor.kernel.WinogradTransforms.PLANE;
import static haze.tensor.kernel.WinogradTransforms.ROW;

import haze.tensor.kernel.WinogradPlan.Grid;
import java.util.Arrays;

/// Convolution with a 3x3 kernel at stride 1 by Winograd's F(4x4, 3x3): sixteen pixels of the
/// output cost 36 products instead of 144 (Lavin and Gray 2016). Where tiles of four pixels would
/// reach over the image's edge some have three, F(3, 3), in that direction.
///
/// ```
/// y = A^T [ sum over c of (G g G^T) * (B^T d B) ] A        * element by element
/// ```
///
/// Over all tiles and channels the 36 elements are 36 matrix products, `[tiles x cin] * [cin x
/// cout]`. A block of tiles ([WinogradPlan]) passes through input transform, products and output
/// transform while it is in the second-level cache, one panel of output channels after the other.
/// The weights' gradient is the adjoint formula, `dg = G^T [(A dy A^T) * (B^T d B)] G`, summed over
/// tiles.
///
/// Its rounding error is about 1e-6 of the result's largest value, more than the direct sum's,
/// since the transforms add and subtract numbers of different size.
public final class Winograd {
  /// Element (1, 1) of a transformed tile: `A^T` times the second unit vector is a vector of ones,
  /// so what is added to this element is added to each of the tile's pixels.
  private static final int UNIT_PLANE = 7;

  private Winograd() {}

  /// Whether this convolution can be done, and pays: a 3x3 kernel, stride 1, and on either side 16
  /// to 2,096 channels in sixteens. With fewer channels the transforms cost more than they save.
  public static boolean suits(ConvolutionShape s) {
    return s.kh() == 3 && s.kw() == 3 && s.stride() == 1 && suits(s.cin()) && suits(s.cout());
  }

  private static boolean suits(int channels) {
    return channels >= WIDEST && channels <= MOST_CHANNELS && channels % WIDEST == 0;
  }

  /// The convolution as [ConvolutionShape] defines it, for a kernel that [#suits].
  ///
  /// @param plan [WinogradPlan#forward] of its sizes
  /// @param x images `[n, h, w, cin]`
  /// @param weights `[3, 3, cin, cout]`; if flipped `[3, 3, cout, cin]`
  /// @param flipped whether the kernel is turned by 180 degrees and its channels exchanged, as for
  ///   the gradient of the images
  /// @param y receives `[n, oh, ow, cout]`
  /// @param scratch at least [WinogradPlan#scratch] floats, contents arbitrary
  public static void forward(WinogradPlan plan, float[] x, int x0, float[] weights, int w0,
      boolean flipped, Epilogue epilogue, float[] y, int y0, float[] scratch) {
    Arrays.fill(scratch, plan.zeros0, plan.spare0, 0);
    for (int block = 0; block < plan.blocks; block++) {
      input(plan, block, x, x0, scratch);
      for (int o = 0; o < plan.s.cout(); o += PANEL) {
        int u0 = plan.panel(o);
        if (block == 0) {
          int width = Math.min(PANEL, plan.s.cout() - o);
          filters(plan, weights, w0, flipped, o, width, scratch, u0, scratch);
        }
        output(plan, o, scratch, u0, epilogue, scratch, y, y0);
      }
      addResidual(plan, epilogue, y, y0);
    }
  }

  /// The convolution with transformed filters, the same bits as [#forward].
  ///
  /// @param u the filters from [#filters]
  public static void forward(WinogradPlan plan, float[] x, int x0, float[] u, Epilogue epilogue,
      float[] y, int y0, float[] scratch) {
    Arrays.fill(scratch, plan.zeros0, plan.spare0, 0);
    for (int block = 0; block < plan.blocks; block++) {
      input(plan, block, x, x0, scratch);
      for (int o = 0; o < plan.s.cout(); o += PANEL) {
        output(plan, o, u, plan.keptPanel(o), epilogue, scratch, y, y0);
      }
      addResidual(plan, epilogue, y, y0);
    }
  }

  /// Transforms all filters of a convolution, to use them more than once. They depend on the
  /// numbers of channels, but not on the number and the size of images.
  ///
  /// @param weights `[3, 3, cin, cout]`
  /// @param u receives [WinogradPlan#filters] floats
  /// @param scratch at least [WinogradPlan#scratch] floats, contents arbitrary
  public static void filters(WinogradPlan plan, float[] weights, int w0, float[] u,
      float[] scratch) {
    for (int o = 0; o < plan.s.cout(); o += PANEL) {
      int width = Math.min(PANEL, plan.s.cout() - o);
      filters(plan, weights, w0, false, o, width, u, plan.keptPanel(o), scratch);
    }
  }

  /// Transforms a block's tiles of the input.
  private static void input(WinogradPlan plan, int block, float[] x, int x0, float[] scratch) {
    plan.begin(block);
    for (Grid grid : plan.grids) {
      input(plan, grid, x, x0, plan.s.cin(), COUNT, scratch);
    }
  }

  /// The products of a block for the panel of channels from `o` on, and the output's transform.
  private static void output(WinogradPlan plan, int o, float[] u, int u0, Epilogue epilogue,
      float[] scratch, float[] y, int y0) {
    ConvolutionShape s = plan.s;
    int width = Math.min(PANEL, s.cout() - o);
    for (int p = 0; p < PLANES; p++) {
      int vAt = plan.v0 + p * PLANE + plan.from(p) * s.cin();
      int mAt = plan.m0 + p * PLANE + plan.from(p) * width;
      Tiles.multiply(plan.count(p), width, 1, s.cin(), scratch, vAt, s.cin(), 0, u,
          u0 + p * plan.uPlane, 0, scratch, mAt, width, false);
    }
    for (Grid grid : plan.grids) {
      output(plan, grid, o, width, epilogue, scratch, y, y0);
    }
  }

  private static void addResidual(WinogradPlan plan, Epilogue epilogue, float[] y, int y0) {
    if (epilogue.hasResidual()) {
      for (Grid grid : plan.grids) {
        addResidual(plan.s, grid, epilogue, y, y0);
      }
    }
  }

  /// Transforms a block's tiles of one kind of the input.
  ///
  /// @param vTile floats from one transformed tile to the next
  /// @param vVector floats from one vector of a tile's channels to the next
  private static void input(WinogradPlan plan, Grid grid, float[] x, int x0, int vTile,
      int vVector, float[] scratch) {
    ConvolutionShape s = plan.s;
    int n = s.cin();
    int strip0 = plan.strip0;
    int run;
    for (int tile = grid.first; tile < grid.end; tile += run) {
      run = grid.strip(tile);
      int wide = grid.columns * run + 2;
      int left = grid.column(tile) - s.padLeft();
      // Columns of the strip that lie in the image; the maps of the others are zero.
      int from = Math.max(0, -left);
      int to = Math.min(wide, s.w() - left);
      clear(scratch, strip0, 0, from * n);
      clear(scratch, strip0, to * n, wide * n);
      int i = grid.row(tile) - s.padTop();
      int h = s.h();
      int row = s.w() * n;
      int at = x0 + (grid.image(tile) * h * s.w() + left + from) * n;
      int zeros0 = plan.zeros0;
      float[] d0 = array(i, h, x, scratch);
      int i0 = start(i, h, at, row, zeros0);
      float[] d1 = array(i + 1, h, x, scratch);
      int i1 = start(i + 1, h, at, row, zeros0);
      float[] d2 = array(i + 2, h, x, scratch);
      int i2 = start(i + 2, h, at, row, zeros0);
      float[] d3 = array(i + 3, h, x, scratch);
      int i3 = start(i + 3, h, at, row, zeros0);
      float[] d4 = array(i + 4, h, x, scratch);
      int i4 = start(i + 4, h, at, row, zeros0);
      if (grid.rows == 4) {
        WinogradTransforms.inputColumns((to - from) * n, d0, i0, d1, i1, d2, i2, d3, i3, d4, i4,
            array(i + 5, h, x, scratch), start(i + 5, h, at, row, zeros0), scratch,
            strip0 + from * n);
      } else {
        WinogradTransforms3.inputColumns((to - from) * n, d0, i0, d1, i1, d2, i2, d3, i3, d4, i4,
            scratch, strip0 + from * n);
      }
      int v0 = plan.v0 + (grid.at + tile - grid.first) * vTile;
      for (int half = 0; half < 2; half++) {
        int rows = strip0 + 3 * half * ROW;
        int planes = v0 + 18 * half * PLANE;
        if (grid.columns == 4) {
          WinogradTransforms.inputRows(run, n, scratch, rows, scratch, planes, vTile, vVector);
        } else {
          WinogradTransforms3.inputRows(run, n, scratch, rows, scratch, planes, vTile, vVector);
        }
      }
    }
  }

  /// The array of row `i` of an image of `h` rows; `outside` for a row outside it.
  private static float[] array(int i, int h, float[] image, float[] outside) {
    return i >= 0 && i < h ? image : outside;
  }

  /// Where row `i` of an image that begins at `at` starts; `outside` for a row outside it.
  private static int start(int i, int h, int at, int row, int outside) {
    return i >= 0 && i < h ? at + i * row : outside;
  }

  /// Makes a range of the six rows of a strip zero.
  private static void clear(float[] scratch, int strip0, int from, int to) {
    if (from < to) {
      for (int i = 0; i < 6; i++) {
        Arrays.fill(scratch, strip0 + i * ROW + from, strip0 + i * ROW + to, 0);
      }
    }
  }

  /// Transforms a panel of weights: in each of the 36 planes, `width` output channels for every
  /// input channel.
  private static void filters(WinogradPlan plan, float[] weights, int w0, boolean flipped, int o,
      int width, float[] u, int u0, float[] scratch) {
    ConvolutionShape s = plan.s;
    int taps0 = plan.spare0;
    int tmp0 = taps0 + GATHERED * 9 * PANEL;
    if (!flipped) {
      WinogradTransforms.filter(s.cin(), width, weights, w0 + o, s.cin() * s.cout(), s.cout(),
          u, u0, plan.uPlane, scratch, tmp0);
      return;
    }
    for (int c = 0; c < s.cin(); c += GATHERED) {
      for (int tap = 0; tap < 9; tap++) {
        for (int q = 0; q < GATHERED; q++) {
          Vectors.gather(width, weights, w0 + ((8 - tap) * s.cout() + o) * s.cin() + c + q,
              s.cin(), scratch, taps0 + (tap * GATHERED + q) * width);
        }
      }
      WinogradTransforms.filter(GATHERED, width, scratch, taps0, GATHERED * width, width, u,
          u0 + c * width, plan.uPlane, scratch, tmp0);
    }
  }

  /// Transforms the products of a block's tiles of one kind into the output's channels from `o` on.
  private static void output(WinogradPlan plan, Grid grid, int o, int width, Epilogue epilogue,
      float[] scratch, float[] y, int y0) {
    ConvolutionShape s = plan.s;
    int imageOfConstant = -1;
    int run;
    for (int tile = grid.first; tile < grid.end; tile += run) {
      run = grid.strip(tile);
      int image = grid.image(tile);
      int m0 = plan.m0 + (grid.at + tile - grid.first) * width;
      if (epilogue.hasConstant()) {
        if (image != imageOfConstant) {
          epilogue.constant(image, s.cout(), o, width, scratch, plan.constant0);
          imageOfConstant = image;
        }
        Pixels.add(run, width, scratch, plan.constant0, scratch, m0 + UNIT_PLANE * PLANE);
      }
      for (int half = 0; half < 2; half++) {
        int planes = m0 + 3 * half * PLANE;
        int columns = plan.strip0 + 3 * half * COLUMN;
        if (grid.rows == 4) {
          WinogradTransforms.outputColumns(run * width, scratch, planes, scratch, columns);
        } else {
          WinogradTransforms3.outputColumns(run * width, scratch, planes, scratch, columns);
        }
      }
      int rows = Math.min(grid.rows, s.oh() - grid.row(tile));
      for (int r = 0; r < rows; r++) {
        int from = plan.strip0 + 6 * r * COLUMN;
        int pixel = (image * s.oh() + grid.row(tile) + r) * s.ow() + grid.column(tile);
        outputRow(plan, grid, tile, run, width, scratch, from, y, y0 + pixel * s.cout() + o);
      }
    }
  }

  /// The output's second step for one row of a strip.
  private static void outputRow(WinogradPlan plan, Grid grid, int tile, int run, int width,
      float[] scratch, int from, float[] y, int to) {
    int cout = plan.s.cout();
    int second = to + cout;
    int third = second + cout;
    if (grid.columns == 4) {
      WinogradTransforms.outputRow(run, width, scratch, from, y, to, y, second, y, third, y,
          third + cout, 4 * cout);
      return;
    }
    // The last tile may reach over the image's edge.
    int over = Math.max(0, 3 * run - (plan.s.ow() - grid.column(tile)));
    int whole = over > 0 ? run - 1 : run;
    WinogradTransforms3.outputRow(whole, width, scratch, from, y, to, y, second, y, third,
        3 * cout);
    if (over > 0) {
      int last = 3 * whole * cout;
      WinogradTransforms3.outputRow(1, width, scratch, from + whole * width, y, to + last,
          over > 1 ? scratch : y, over > 1 ? plan.spare0 : second + last, scratch, plan.spare0, 0);
    }
  }

  private static void addResidual(ConvolutionShape s, Grid grid, Epilogue epilogue, float[] y,
      int y0) {
    int run;
    for (int tile = grid.first; tile < grid.end; tile += run) {
      run = grid.strip(tile);
      int rows = Math.min(grid.rows, s.oh() - grid.row(tile));
      int columns = Math.min(grid.columns * run, s.ow() - grid.column(tile));
      for (int r = 0; r < rows; r++) {
        int at = ((grid.image(tile) * s.oh() + grid.row(tile) + r) * s.ow() + grid.column(tile))
            * s.cout();
        epilogue.addResidual(at, columns * s.cout(), y, y0);
      }
    }
  }

  /// Adds the gradient of the weights, see [DirectConvolution#backwardWeights].
  ///
  /// @param plan [WinogradPlan#backwardWeights] of its sizes
  /// @param x images `[n, h, w, cin]`
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @param dw is added to, `[3, 3, cin, cout]`
  /// @param scratch at least [WinogradPlan#scratch] floats, contents arbitrary
  public static void backwardWeights(WinogradPlan plan, float[] x, int x0, float[] dy, int dy0,
      float[] dw, int dw0, float[] scratch) {
    ConvolutionShape s = plan.s;
    Arrays.fill(scratch, plan.zeros0, plan.spare0, 0);
    // The rows of these products are channels: a vector of them lies together, tile after tile.
    int rows = plan.blockTiles * COUNT;
    for (int block = 0; block < plan.blocks; block++) {
      plan.begin(block);
      for (Grid grid : plan.grids) {
        input(plan, grid, x, x0, COUNT, rows, scratch);
        gradient(plan, grid, dy, dy0, scratch);
      }
      for (int o = 0; o < s.cout(); o += PANEL) {
        int width = Math.min(PANEL, s.cout() - o);
        int u0 = plan.panel(o);
        int m0 = plan.m0 + o * plan.blockTiles;
        for (int p = 0; p < PLANES; p++) {
          int vAt = plan.v0 + p * PLANE + plan.from(p) * COUNT;
          int mAt = m0 + p * PLANE + plan.from(p) * width;
          Tiles.multiplyPacked(s.cin(), width, plan.count(p), scratch, vAt, rows, scratch, mAt, 0,
              scratch, u0 + p * plan.uPlane, width, block > 0);
        }
        if (block == plan.blocks - 1) {
          addFilterGradient(plan, o, width, scratch, u0, dw, dw0);
        }
      }
    }
  }

  /// Transforms a block's tiles of one kind of the output's gradient, panel after panel of
  /// channels.
  private static void gradient(WinogradPlan plan, Grid grid, float[] dy, int dy0,
      float[] scratch) {
    ConvolutionShape s = plan.s;
    int n = s.cout();
    int strip0 = plan.strip0;
    int run;
    for (int tile = grid.first; tile < grid.end; tile += run) {
      run = grid.strip(tile);
      int j = grid.column(tile);
      int wide = grid.columns * run;
      int columns = Math.min(wide, s.ow() - j);
      clear(scratch, strip0, columns * n, wide * n);
      int i = grid.row(tile);
      int h = s.oh();
      int row = s.ow() * n;
      int at = dy0 + (grid.image(tile) * h * s.ow() + j) * n;
      int zeros0 = plan.zeros0;
      float[] d1 = array(i + 1, h, dy, scratch);
      int i1 = start(i + 1, h, at, row, zeros0);
      float[] d2 = array(i + 2, h, dy, scratch);
      int i2 = start(i + 2, h, at, row, zeros0);
      if (grid.rows == 4) {
        WinogradTransforms.gradientColumns(columns * n, dy, at + i * row, d1, i1, d2, i2, dy,
            at + (i + 3) * row, scratch, strip0);
      } else {
        WinogradTransforms3.gradientColumns(columns * n, dy, at + i * row, d1, i1, d2, i2, scratch,
            strip0);
      }
      for (int o = 0; o < n; o += PANEL) {
        int width = Math.min(PANEL, n - o);
        int m0 = plan.m0 + o * plan.blockTiles + (grid.at + tile - grid.first) * width;
        for (int half = 0; half < 2; half++) {
          int rows = strip0 + 3 * half * ROW + o;
          int planes = m0 + 18 * half * PLANE;
          if (grid.columns == 4) {
            WinogradTransforms.gradientRows(run, width, scratch, rows, n, scratch, planes);
          } else {
            WinogradTransforms3.gradientRows(run, width, scratch, rows, n, scratch, planes);
          }
        }
      }
    }
  }

  private static void addFilterGradient(WinogradPlan plan, int o, int width, float[] scratch,
      int u0, float[] dw, int dw0) {
    ConvolutionShape s = plan.s;
    int taps0 = plan.spare0;
    for (int c = 0; c < s.cin(); c++) {
      WinogradTransforms.filterGradient(width, scratch, u0 + c * width, plan.uPlane, scratch, taps0,
          width, scratch, taps0 + 9 * PANEL);
      for (int tap = 0; tap < 9; tap++) {
        Vectors.add(width, scratch, taps0 + tap * width, dw,
            dw0 + (tap * s.cin() + c) * s.cout() + o);
      }
    }
  }
}
