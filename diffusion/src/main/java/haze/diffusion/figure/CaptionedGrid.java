package haze.diffusion.figure;

import haze.diffusion.io.AtomicFile;
import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Rows of images with words above the columns and beside the rows, so that a picture of a process
/// says what it shows.
///
/// @param images `[n, h, w, c]` as for [ImageGrid]; fill row after row
/// @param above a caption for each column, of one or more lines
/// @param left a caption for each row, of one or more lines
public record CaptionedGrid(Tensor images, List<String> above, List<String> left) {
  static final int LETTERS = 15;
  public static final int LINE_HEIGHT = 20;
  public static final int MARGIN = 14;

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if the captions are not as many as the columns and rows
  public CaptionedGrid {
    above = List.copyOf(above);
    left = List.copyOf(left);
    if (images.shape().rank() != 4 || above.size() * left.size() != images.dim(0)) {
      throw new IllegalArgumentException(
          "captioned grid: "
              + above.size()
              + " columns and "
              + left.size()
              + " rows of images "
              + images.shape());
    }
  }

  /// Writes the picture as a PNG file.
  ///
  /// @param file the picture; replaced as a whole
  /// @throws IOException if the file cannot be written
  public void write(Path file) throws IOException {
    byte[] png = Png.of(draw(0).picture);
    AtomicFile.write(file, out -> out.write(png));
  }

  /// A grid with its captions.
  ///
  /// @param picture all of it
  /// @param left the pixel at which the grid begins
  /// @param columnWidth the distance from one column to the next
  public record Drawn(BufferedImage picture, int left, int columnWidth) {
    /// The middle of a column.
    public int middle(int column) {
      return left + columnWidth * column + columnWidth / 2;
    }
  }

  /// Draws the picture.
  ///
  /// @param below pixels to leave free under the grid
  public Drawn draw(int below) {
    BufferedImage grid = ImageGrid.draw(images, above.size());
    int x = gridLeft();
    int y = MARGIN + LINE_HEIGHT * above.stream().mapToInt(CaptionedGrid::lines).max().orElse(0);
    BufferedImage picture =
        new BufferedImage(
            x + grid.getWidth() + MARGIN,
            y + grid.getHeight() + below + MARGIN,
            BufferedImage.TYPE_INT_RGB);
    Drawn drawn = new Drawn(picture, x, grid.getWidth() / above.size());
    Graphics2D graphics = graphics(picture);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    graphics.setColor(LineChart.INK);
    for (int column = 0; column < above.size(); column++) {
      String caption = above.get(column);
      centered(graphics, caption, drawn.middle(column), y - lines(caption) * LINE_HEIGHT);
    }
    int rowHeight = grid.getHeight() / left.size();
    for (int row = 0; row < left.size(); row++) {
      int middle = y + row * rowHeight + rowHeight / 2;
      text(graphics, left.get(row), MARGIN, middle - lines(left.get(row)) * LINE_HEIGHT / 2);
    }
    graphics.dispose();
    copy(grid.getRaster(), picture.getRaster(), x, y);
    return drawn;
  }

  /// Copies a grid, whose grey becomes three equal colours: level by level, where Graphics2D would
  /// convert between colour spaces.
  private static void copy(Raster grid, WritableRaster picture, int x, int y) {
    int width = grid.getWidth();
    int height = grid.getHeight();
    for (int band = 0; band < picture.getNumBands(); band++) {
      int[] levels = grid.getSamples(0, 0, width, height, band % grid.getNumBands(), (int[]) null);
      picture.setSamples(x, y, width, height, band, levels);
    }
  }

  /// The pixel at which the grid begins.
  private int gridLeft() {
    int width = 0;
    for (String caption : left) {
      width = Math.max(width, caption.lines().mapToInt(metrics()::stringWidth).max().orElse(0));
    }
    return width == 0 ? MARGIN : width + 2 * MARGIN;
  }

  private static int lines(String caption) {
    return (int) caption.lines().count();
  }

  /// What words and shapes are drawn with: smooth, in the font of all pictures.
  public static Graphics2D graphics(BufferedImage picture) {
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, LETTERS));
    return graphics;
  }

  private static FontMetrics metrics() {
    Graphics2D graphics = graphics(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
    FontMetrics metrics = graphics.getFontMetrics();
    graphics.dispose();
    return metrics;
  }

  /// Writes lines one below the other.
  public static void text(Graphics2D graphics, String text, int x, int top) {
    int y = top + graphics.getFontMetrics().getAscent();
    for (String line : text.lines().toList()) {
      graphics.drawString(line, x, y);
      y += LINE_HEIGHT;
    }
  }

  /// Writes lines around a middle.
  public static void centered(Graphics2D graphics, String text, int middle, int top) {
    for (String line : text.lines().toList()) {
      text(graphics, line, middle - graphics.getFontMetrics().stringWidth(line) / 2, top);
      top += LINE_HEIGHT;
    }
  }
}
