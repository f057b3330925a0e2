package haze.diffusion.figure;

import haze.diffusion.data.PixelScale;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Images in rows and columns, so that many are seen at a glance.
///
/// Small images are magnified by a whole number, each pixel becoming a square, so that nothing is
/// seen that the model did not make. Thin grey lines separate the images and frame the grid.
///
/// @param blocks from left to right with a gap between them, at least one, all of images of the
///   same size and channels
public record ImageGrid(List<Block> blocks) implements Figure {
  /// A magnified image is at most this many pixels high and wide ...
  private static final int IMAGE_SIDE = 112;

  /// ... and so is a row of them, unless the images fill more without being magnified.
  private static final int GRID_SIDE = 1024;

  /// The width of the lines between images.
  static final int LINE = 2;

  private static final int LINE_GREY = 56;

  /// Between blocks.
  private static final int GAP = 10;

  /// @throws IllegalArgumentException if the images differ or there is no block
  public ImageGrid {
    blocks = List.copyOf(blocks);
    blocks.forEach(block -> check(block.images()));
    List<Shape> shapes =
        blocks.stream().map(block -> block.images().shape().with(0, 1)).distinct().toList();
    if (shapes.size() != 1) {
      throw new IllegalArgumentException(
          "image grid: expected blocks of images of one shape, given " + shapes);
    }
  }

  /// Images that belong together, in rows and columns.
  ///
  /// @param images `[n, h, w, c]`, c is 1 (grey) or 3 (red, green, blue), values in [-1, 1], others
  ///   are clamped; fill row after row
  /// @param columns how many stand side by side, positive
  public record Block(Tensor images, int columns) {
    /// @throws IllegalArgumentException if there is no column
    public Block {
      if (columns < 1) {
        throw new IllegalArgumentException(
            "image grid: expected at least 1 column, given " + columns);
      }
    }

    /// {@return a block with about as many rows as columns}
    ///
    /// @param images `[n, h, w, c]`
    public static Block of(Tensor images) {
      int count = images.shape().rank() == 0 ? 0 : images.dim(0);
      return new Block(images, Math.max(1, ImageGrid.columns(count)));
    }

    private int rows() {
      return Math.ceilDiv(images.dim(0), columns);
    }
  }

  /// {@return a grid with about as many rows as columns}
  ///
  /// @param images `[n, h, w, c]`, c is 1 (grey) or 3 (red, green, blue), values in [-1, 1], others
  ///   are clamped
  /// @throws IllegalArgumentException if the images have another shape or there is none
  public static ImageGrid of(Tensor images) {
    return new ImageGrid(List.of(Block.of(images)));
  }

  /// {@return a grid with so many columns}
  ///
  /// @param images as for [#of(Tensor)]
  /// @param columns how many stand side by side, positive
  /// @throws IllegalArgumentException if the images have another shape, there is none, or no column
  public static ImageGrid of(Tensor images, int columns) {
    return new ImageGrid(List.of(new Block(images, columns)));
  }

  /// Writes images as a PNG file with about as many rows as columns.
  ///
  /// @param images as for [#of(Tensor)]
  /// @param file replaced as a whole
  /// @throws IllegalArgumentException if the images have another shape or there is none
  /// @throws IOException if the file cannot be written
  public static void write(Tensor images, Path file) throws IOException {
    of(images).write(file);
  }

  @Override
  public BufferedImage draw() {
    Shape image = blocks.getFirst().images().shape();
    int columns = blocks.stream().mapToInt(Block::columns).sum();
    return draw(scale(image.dim(1), image.dim(2), columns));
  }

  private static void check(Tensor images) {
    boolean valid =
        images.shape().rank() == 4
            && images.size() > 0
            && (images.dim(3) == 1 || images.dim(3) == 3);
    if (!valid) {
      throw new IllegalArgumentException(
          "image grid: expected images [n, h, w, c] with 1 or 3 channels, given " + images.shape());
    }
  }

  /// {@return the number of columns that makes `count` images look best: the first from the square
  /// root on that leaves no gap in the last row, up to twice the root; if there is none, the root}
  public static int columns(int count) {
    int root = (int) Math.ceil(Math.sqrt(count));
    for (int columns = root; columns < 2 * root; columns++) {
      if (count % columns == 0) {
        return columns;
      }
    }
    return root;
  }

  /// Draws a pixel of an image as a square of `scale` pixels.
  BufferedImage draw(int scale) {
    Shape image = blocks.getFirst().images().shape();
    int columns = blocks.stream().mapToInt(Block::columns).sum();
    int rows = blocks.stream().mapToInt(Block::rows).max().orElseThrow();
    int stepX = image.dim(2) * scale + LINE;
    int stepY = image.dim(1) * scale + LINE;
    BufferedImage canvas =
        new BufferedImage(
            columns * stepX + LINE + (blocks.size() - 1) * GAP,
            rows * stepY + LINE,
            image.dim(3) == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    // The raster takes the bytes as they are; Graphics2D would convert between colour spaces.
    WritableRaster raster = canvas.getRaster();
    fillGrey(raster);
    int left = LINE;
    for (Block block : blocks) {
      for (int i = 0; i < block.images().dim(0); i++) {
        draw(
            block.images().at(i),
            scale,
            left + i % block.columns() * stepX,
            LINE + i / block.columns() * stepY,
            raster);
      }
      left += block.columns() * stepX + GAP;
    }
    return canvas;
  }

  /// Draws an image `[h, w, c]`, each pixel a square.
  private static void draw(Tensor image, int scale, int left, int top, WritableRaster raster) {
    int channels = image.dim(2);
    int[] square = new int[scale * scale * channels];
    int next = image.offset();
    for (int y = 0; y < image.dim(0); y++) {
      for (int x = 0; x < image.dim(1); x++, next += channels) {
        for (int i = 0; i < square.length; i++) {
          square[i] = PixelScale.level(image.data()[next + i % channels]);
        }
        raster.setPixels(left + x * scale, top + y * scale, scale, scale, square);
      }
    }
  }

  private static void fillGrey(WritableRaster raster) {
    int[] row = new int[raster.getWidth() * raster.getNumBands()];
    Arrays.fill(row, LINE_GREY);
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.setPixels(0, y, raster.getWidth(), 1, row);
    }
  }

  /// How much images are magnified so that a row of them fits the grid.
  static int scale(int height, int width, int columns) {
    int forImage = IMAGE_SIDE / Math.max(height, width);
    long rowWidth = (long) columns * width;
    return (int) Math.max(1, Math.min(forImage, GRID_SIDE / rowWidth));
  }
}
