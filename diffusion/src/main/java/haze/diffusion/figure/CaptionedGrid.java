package haze.diffusion.figure;

import haze.tensor.Tensor;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Rows of images with words above the columns and beside the rows: a figure of a process.
///
/// @param images `[n, h, w, c]` as for [ImageGrid]; fill row after row
/// @param above a caption for each column, of one or more lines
/// @param left a caption for each row, of one or more lines
/// @param arrow what is written on an arrow from the first column to the last; null for no arrow
/// @param histograms a histogram below each column; null for none
public record CaptionedGrid(
    Tensor images,
    List<String> above,
    List<String> left,
    @Nullable String arrow,
    @Nullable Histograms histograms)
    implements Figure {
  /// Between two captions.
  private static final int GAP = 12;

  private static final int MAX_LINES = 3;

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if the captions are not as many as the columns and rows, or
  ///   the histograms not as many as the columns
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
    if (histograms != null && histograms.values().size() != above.size()) {
      throw new IllegalArgumentException(
          "captioned grid: "
              + histograms.values().size()
              + " histograms below "
              + above.size()
              + " columns");
    }
  }

  /// Images and captions alone.
  ///
  /// @throws IllegalArgumentException if the captions are not as many as the columns and rows
  public CaptionedGrid(Tensor images, List<String> above, List<String> left) {
    this(images, above, left, null, null);
  }

  /// The same grid with an arrow from the first column to the last above it.
  public CaptionedGrid withArrow(String name) {
    return new CaptionedGrid(images, above, left, name, histograms);
  }

  /// The same grid with a histogram below each column.
  ///
  /// @throws IllegalArgumentException if they are not as many as the columns
  public CaptionedGrid withHistograms(Histograms below) {
    return new CaptionedGrid(images, above, left, arrow, below);
  }

  /// {@return a name as a caption: on several lines if it is long, broken at spaces and the like
  /// where there are some, and cut after the third}
  ///
  /// @param width the characters of a line
  public static String caption(String name, int width) {
    StringBuilder lines = new StringBuilder();
    String rest = name;
    for (int line = 1; rest.codePointCount(0, rest.length()) > width; line++) {
      int most = rest.offsetByCodePoints(0, width);
      int end = most;
      while (end > 0 && " _-,".indexOf(rest.charAt(end - 1)) < 0) {
        end--;
      }
      end = end == 0 ? most : end;
      if (line == MAX_LINES) {
        return lines + rest.substring(0, rest.offsetByCodePoints(0, width - 2)) + "..";
      }
      lines.append(rest.substring(0, end).strip()).append('\n');
      rest = rest.substring(end).strip();
    }
    return lines + rest;
  }

  /// Where everything stands, in pixels.
  ///
  /// @param left the left edge of the first column
  /// @param top the upper edge of the images
  /// @param columnWidth the distance from one column to the next: as wide as the images, or as the
  ///   widest caption
  /// @param rowHeight the distance from one row to the next
  /// @param scale a pixel of an image is a square of so many
  record Layout(int left, int top, int columnWidth, int rowHeight, int scale) {
    int middle(int column) {
      return left + columnWidth * column + columnWidth / 2;
    }
  }

  Layout layout() {
    int words = left.stream().mapToInt(Drawing::width).max().orElse(0);
    if (histograms != null) {
      words = Math.max(words, Drawing.width(histograms.name()));
    }
    int captions = above.stream().mapToInt(Drawing::width).max().orElse(0) + GAP;
    int scale = ImageGrid.scale(images.dim(1), images.dim(2), above.size());
    int aboveImages =
        Drawing.LINE_HEIGHT * above.stream().mapToInt(Drawing::lines).max().orElse(0)
            + (arrow == null ? 0 : Drawing.LINE_HEIGHT + GAP);
    return new Layout(
        words == 0 ? Drawing.MARGIN : words + 2 * Drawing.MARGIN,
        Drawing.MARGIN + aboveImages,
        Math.max(images.dim(2) * scale + ImageGrid.LINE, captions),
        images.dim(1) * scale + ImageGrid.LINE,
        scale);
  }

  @Override
  public BufferedImage draw() {
    Layout at = layout();
    int bottom = at.top + left.size() * at.rowHeight + ImageGrid.LINE;
    int below = histograms == null ? 0 : Histograms.HEIGHT;
    BufferedImage canvas =
        Drawing.canvas(
            at.left + above.size() * at.columnWidth + ImageGrid.LINE + Drawing.MARGIN,
            bottom + below + Drawing.MARGIN);
    Graphics2D graphics = Drawing.pen(canvas);
    for (int column = 0; column < above.size(); column++) {
      String caption = above.get(column);
      int top = at.top - Drawing.lines(caption) * Drawing.LINE_HEIGHT;
      Drawing.centered(graphics, caption, at.middle(column), top);
    }
    for (int row = 0; row < left.size(); row++) {
      String caption = left.get(row);
      int middle = at.top + row * at.rowHeight + at.rowHeight / 2;
      int top = middle - Drawing.lines(caption) * Drawing.LINE_HEIGHT / 2;
      Drawing.text(graphics, caption, Drawing.MARGIN, top);
    }
    drawArrow(graphics, at);
    if (histograms != null) {
      histograms.draw(graphics, at, bottom);
    }
    graphics.dispose();
    for (int column = 0; column < above.size(); column++) {
      BufferedImage strip = ImageGrid.of(column(column), 1).draw(at.scale);
      // Strips as wide as the columns share the lines between them.
      int x = at.middle(column) - (strip.getWidth() - ImageGrid.LINE) / 2;
      copy(strip.getRaster(), canvas.getRaster(), x, at.top);
    }
    return canvas;
  }

  private Tensor column(int column) {
    int[] rows = IntStream.range(0, left.size()).map(row -> row * above.size() + column).toArray();
    Tensor strip = Tensor.zeros(images.shape().with(0, rows.length).dims());
    for (int row = 0; row < rows.length; row++) {
      strip.at(row).copyFrom(images.at(rows[row]));
    }
    return strip;
  }

  private void drawArrow(Graphics2D graphics, Layout at) {
    if (arrow == null) {
      return;
    }
    int from = at.left;
    int to = at.left + above.size() * at.columnWidth;
    int y = Drawing.MARGIN + Drawing.LINE_HEIGHT / 2;
    int half = Drawing.width(arrow) / 2 + GAP;
    int middle = (from + to) / 2;
    graphics.setStroke(Drawing.stroke(1.5));
    graphics.draw(new Line2D.Double(from, y, middle - half, y));
    graphics.draw(new Line2D.Double(middle + half, y, to, y));
    Drawing.arrowHead(graphics, to, y, 0);
    Drawing.centered(graphics, arrow, middle, Drawing.MARGIN);
  }

  /// Copies a strip, whose grey becomes three equal colours: level by level, where Graphics2D would
  /// convert between colour spaces.
  static void copy(Raster strip, WritableRaster canvas, int x, int y) {
    int width = strip.getWidth();
    int height = strip.getHeight();
    for (int band = 0; band < canvas.getNumBands(); band++) {
      int[] levels =
          strip.getSamples(0, 0, width, height, band % strip.getNumBands(), (int[]) null);
      canvas.setSamples(x, y, width, height, band, levels);
    }
  }
}
