package haze.tensor.kernel;

import static haze.tensor.kernel.Tiles.PANEL;
import static haze.tensor.kernel.WinogradTransforms.COLUMN;
import static haze.tensor.kernel.WinogradTransforms.PLANE;
import static haze.tensor.kernel.WinogradTransforms.ROW;

/// How [Winograd] cuts the output into tiles and the tiles into blocks, and where a block's data
/// lies in the scratch array.
///
/// A tile is four pixels high and wide. Where the length of a line is no multiple of four, its last
/// tiles have three pixels: 14 = 4 + 4 + 3 + 3 needs 6 + 6 + 5 + 5 products a line instead of 24.
/// So there are four kinds of tiles. Element (i, j) of a transformed tile exists unless i or j is
/// [#ABSENT] and the tile has three pixels in that direction. The kinds lie in a block in such an
/// order that for every element the tiles which have it are neighbours:
///
/// ```
///   rows x columns of a tile      4 x 3    4 x 4    3 x 4    3 x 3
///   neither i nor j absent       |---------------------------------|
///   i absent                     |----------------|
///   j absent                              |----------------|
///   both                                  |-------|
/// ```
///
/// Names that end in 0 are indices into the scratch array.
public final class WinogradPlan {
  /// Elements of a transformed tile, (4 + 3 - 1)^2.
  static final int PLANES = 36;
  /// Row or column of a transformed tile that tiles of three pixels do not have.
  private static final int ABSENT = 4;
  /// Input channels whose turned filters are gathered at a time.
  static final int GATHERED = 4;
  /// Fewest tiles of a block: one of each kind.
  private static final int FEWEST_TILES = 4;
  /// Most tiles of a block if the weights do not stay in the second-level cache: the more tiles,
  /// the fewer passes over the weights.
  private static final int MOST_TILES = 64;
  /// Fewest and most tiles of a block where the weights stay there; both bounds are measured.
  private static final int LEAST_BESIDE_WEIGHTS = 36;
  private static final int MOST_BESIDE_WEIGHTS = 48;
  /// Floats of a block and of the weights that stay there, less than two thirds of 2 MB.
  private static final int BLOCK_AND_WEIGHTS = 330_000;
  /// Most channels on a side.
  static final int MOST_CHANNELS = PLANE / FEWEST_TILES / 16 * 16;
  /// Floats of a block that the products read and write besides the weights: with those of one of
  /// the 36 planes, what the second-level cache holds.
  private static final int BLOCK_FLOATS = 1 << 19;
  /// Most floats of a row of a strip, unless one tile has more: six rows shall stay in the
  /// first-level cache.
  private static final int STRIP_FLOATS = 2560;
  /// Keeps a plane of weights off multiples of 4 kB, where the 36 planes would compete for the same
  /// cache lines.
  private static final int SKEW = 16;

  /// The tiles of all images that have the same number of rows and of columns, image after image.
  static final class Grid {
    /// Rows and columns of a tile, 4 or 3, and most tiles of a strip; bytes, since each convolution
    /// makes four grids.
    final byte rows;
    final byte columns;
    private final byte longestStrip;
    /// Place of the first tile in the output.
    private final int top;
    private final int left;
    /// Tiles in a row, in an image.
    private final int perRow;
    private final int perImage;
    /// Most tiles of this kind in a block.
    private int perBlock;
    /// Tiles of the current block: from `first` to before `end`; `first` is the block's tile `at`.
    int first;
    int end;
    int at;

    private Grid(int rows, int down, int top, int columns, int perRow, int left,
        int longestStrip) {
      this.rows = (byte) rows;
      this.columns = (byte) columns;
      this.top = top;
      this.left = left;
      this.perRow = perRow;
      this.longestStrip = (byte) longestStrip;
      perImage = down * perRow;
    }

    /// The number of tiles of the current block from `tile` on that lie in the same row of the same
    /// image: a strip.
    int strip(int tile) {
      return Math.min(Math.min(perRow - tile % perRow, longestStrip), end - tile);
    }

    int image(int tile) {
      return tile / perImage;
    }

    /// First output row of a tile.
    int row(int tile) {
      return top + tile % perImage / perRow * rows;
    }

    /// First output column of a tile.
    int column(int tile) {
      return left + tile % perRow * columns;
    }
  }

  final ConvolutionShape s;
  /// In the order of the table above; some may have no tiles.
  final Grid[] grids;
  /// Most tiles of a block.
  final int blockTiles;
  final int blocks;
  /// Floats of one panel of the 36 planes of weights.
  private final int panelLength;
  /// Floats from a plane of a panel to the next.
  final int uPlane;
  private final int u0;
  final int v0;
  final int m0;
  /// A strip after the maps down its columns, or along its rows.
  final int strip0;
  /// A row of zeros, for rows outside the image.
  final int zeros0;
  /// Takes the pixels of a tile that lie outside the image; holds turned filters.
  final int spare0;
  /// What is added to a panel of an image's channels.
  final int constant0;
  private final int length;

  /// The plan of [Winograd#forward]: the products of a block are kept for one panel of output
  /// channels at a time.
  public static WinogradPlan forward(ConvolutionShape s) {
    return new WinogradPlan(s, Math.min(s.cout(), PANEL));
  }

  /// The plan of [Winograd#backwardWeights]: a block keeps all channels of the gradient.
  public static WinogradPlan backwardWeights(ConvolutionShape s) {
    return new WinogradPlan(s, s.cout());
  }

  /// {@return the floats of scratch memory that the convolution needs}
  public int scratch() {
    return length;
  }

  /// @param products output channels of a block that are kept at the same time
  private WinogradPlan(ConvolutionShape s, int products) {
    this.s = s;
    int widest = Math.max(s.cin(), products);
    int longest = Math.clamp((STRIP_FLOATS / widest - 2) / 4, 1, COLUMN / PANEL);
    int high = fours(s.oh());
    int low = tiles(s.oh()) - high;
    int wide = fours(s.ow());
    int narrow = tiles(s.ow()) - wide;
    grids = new Grid[]{new Grid(4, high, 0, 3, narrow, 4 * wide, longest),
        new Grid(4, high, 0, 4, wide, 0, longest),
        new Grid(3, low, 4 * high, 4, wide, 0, longest),
        new Grid(3, low, 4 * high, 3, narrow, 4 * wide, longest)};
    int tile = PLANES * (s.cin() + products);
    int weights = PLANES * s.cin() * s.cout();
    int most = weights > BLOCK_FLOATS
        ? MOST_TILES
        : Math.clamp((BLOCK_AND_WEIGHTS - weights) / tile, LEAST_BESIDE_WEIGHTS,
            MOST_BESIDE_WEIGHTS);
    int fitting = Math.min(most, Math.min(BLOCK_FLOATS / tile, PLANE / widest));
    blocks = cut(Math.max(fitting, FEWEST_TILES));
    blockTiles = tilesOfBlock();
    uPlane = s.cin() * Math.min(s.cout(), PANEL) + SKEW;
    panelLength = PLANES * uPlane;
    u0 = Vectors.ALIGNED_OFFSET;
    v0 = u0 + (blocks == 1 ? 1 : (s.cout() + PANEL - 1) / PANEL) * panelLength;
    m0 = v0 + PLANES * PLANE;
    strip0 = m0 + PLANES * PLANE;
    zeros0 = strip0 + Math.max(6 * ROW, 24 * COLUMN);
    spare0 = zeros0 + (4 * longest + 2) * widest;
    constant0 = spare0 + (GATHERED * 9 + 18) * PANEL;
    length = constant0 + PANEL;
  }

  private static int tiles(int pixels) {
    return (pixels + 3) / 4;
  }

  /// How many tiles of a line have four pixels, so that with three in the others they end where the
  /// line ends. A line of 1, 2 or 5 pixels has none, and its last tile reaches over the end.
  private static int fours(int pixels) {
    return Math.max(0, pixels - 3 * tiles(pixels));
  }

  /// Gives each grid its share of a block.
  ///
  /// @return the number of blocks
  private int cut(int fitting) {
    int tiles = 0;
    int kinds = 0;
    for (Grid grid : grids) {
      tiles += tiles(grid);
      kinds += grid.perImage > 0 ? 1 : 0;
    }
    // A multiple of the rows of [Tiles]' tiles, if there are enough tiles: no row is left over.
    int multiple = kinds == 1 ? Math.min(12, fitting) : fitting < 32 ? 1 : 2;
    int n = Math.max(1, tiles / fitting);
    while (!fits(n, multiple, fitting)) {
      n++;
    }
    return n;
  }

  /// Shares out for `n` blocks; returns whether they are small enough.
  private boolean fits(int n, int multiple, int fitting) {
    for (Grid grid : grids) {
      grid.perBlock = Math.ceilDiv(Math.ceilDiv(tiles(grid), n), multiple) * multiple;
    }
    return tilesOfBlock() <= fitting;
  }

  /// The tiles of one kind in all images.
  private int tiles(Grid grid) {
    return s.n() * grid.perImage;
  }

  private int tilesOfBlock() {
    return grids[0].perBlock + grids[1].perBlock + grids[2].perBlock + grids[3].perBlock;
  }

  /// Moves the grids to a block, from 0 on.
  void begin(int number) {
    int at = 0;
    for (Grid grid : grids) {
      grid.first = Math.min(number * grid.perBlock, tiles(grid));
      grid.end = Math.min(grid.first + grid.perBlock, tiles(grid));
      grid.at = at;
      at += grid.end - grid.first;
    }
  }

  /// The first of the block's tiles that have element p of the 36.
  int from(int p) {
    return p % 6 == ABSENT ? grids[1].at : 0;
  }

  /// How many of the block's tiles have element p.
  int count(int p) {
    Grid last = grids[p / 6 == ABSENT ? 1 : p % 6 == ABSENT ? 2 : 3];
    return last.at + last.end - last.first - from(p);
  }

  /// {@return the floats of all transformed filters, see [Winograd#filters]}
  public int filters() {
    return keptPanel(s.cout() + PANEL - 1);
  }

  /// Where a panel of transformed filters that are kept lies.
  int keptPanel(int firstChannel) {
    return Vectors.ALIGNED_OFFSET + firstChannel / PANEL * panelLength;
  }

  /// Where a panel of weights lies. In a single block each is used once, and all share one place.
  int panel(int firstChannel) {
    return u0 + (blocks == 1 ? 0 : firstChannel / PANEL * panelLength);
  }
}
