package haze.diffusion.figure;

import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// Panels of points in the plane, in rows and columns, with words above the columns and beside the
/// rows.
///
/// @param panels fill row after row
/// @param above a caption for each column
/// @param left a caption for each row
public record PointGrid(List<Panel> panels, List<String> above, List<String> left)
    implements Figure {
  private static final int SIDE = 240;
  private static final int GAP = 10;
  private static final double POINT = 2.6;
  private static final double END = 5;

  /// Opacities of dots that lie close together, and of the begin and end of a path.
  private static final int LIGHT = 110;

  private static final int FAINT = 50;
  private static final int OPAQUE = 255;
  private static final Color PALE = new Color(0xDADADA);

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if the captions are not as many as the columns and rows
  public PointGrid {
    panels = List.copyOf(panels);
    above = List.copyOf(above);
    left = List.copyOf(left);
    if (above.size() * left.size() != panels.size()) {
      throw new IllegalArgumentException(
          "point grid: "
              + above.size()
              + " columns and "
              + left.size()
              + " rows of "
              + panels.size()
              + " panels");
    }
  }

  /// A square of the plane.
  ///
  /// @param range it shows both coordinates from `-range` to `range`
  /// @param points what is drawn as dots, `[n, 2]`
  /// @param colour of the dots, counted from 0 in the colours of all charts; -1 for pale grey
  /// @param paths how some points move, `[m, 2]` at each moment; they are drawn as lines from a
  ///   ring to a dot, paler where they begin, or not at all if there is no moment
  public record Panel(double range, Tensor points, int colour, List<Tensor> paths) {
    /// Copies the list.
    public Panel {
      paths = List.copyOf(paths);
    }

    /// Dots alone.
    public static Panel points(double range, Tensor points, int colour) {
      return new Panel(range, points, colour, List.of());
    }

    /// Paths over pale dots.
    public static Panel paths(double range, Tensor points, List<Tensor> paths) {
      return new Panel(range, points, -1, paths);
    }

    private void draw(Graphics2D graphics) {
      graphics.setColor(colour < 0 ? PALE : translucent(Drawing.COLOURS.get(colour), LIGHT));
      for (int i = 0; i < points.dim(0); i++) {
        graphics.fill(circle(points, i, POINT));
      }
      graphics.setStroke(Drawing.stroke(1));
      for (int i = 0; !paths.isEmpty() && i < paths.getFirst().dim(0); i++) {
        Color own = Drawing.COLOURS.get(i % Drawing.COLOURS.size());
        for (int k = 1; k < paths.size(); k++) {
          graphics.setColor(translucent(own, FAINT + (OPAQUE - FAINT) * k / (paths.size() - 1)));
          Tensor from = paths.get(k - 1);
          Tensor to = paths.get(k);
          graphics.draw(new Line2D.Double(x(from, i), y(from, i), x(to, i), y(to, i)));
        }
        graphics.setColor(Color.WHITE);
        graphics.fill(circle(paths.getFirst(), i, END));
        graphics.setColor(own);
        graphics.draw(circle(paths.getFirst(), i, END));
        graphics.fill(circle(paths.getLast(), i, END));
      }
    }

    private Ellipse2D circle(Tensor at, int i, double diameter) {
      return new Ellipse2D.Double(
          x(at, i) - diameter / 2, y(at, i) - diameter / 2, diameter, diameter);
    }

    private double x(Tensor at, int i) {
      return (at.get(i, 0) / range + 1) / 2 * SIDE;
    }

    private double y(Tensor at, int i) {
      return (1 - at.get(i, 1) / range) / 2 * SIDE;
    }
  }

  private static Color translucent(Color colour, int opacity) {
    return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), opacity);
  }

  @Override
  public BufferedImage draw() {
    int x = Drawing.MARGIN + left.stream().mapToInt(Drawing::width).max().orElse(0) + GAP;
    int y =
        Drawing.MARGIN
            + Drawing.LINE_HEIGHT * above.stream().mapToInt(Drawing::lines).max().orElse(0);
    int step = SIDE + GAP;
    BufferedImage canvas =
        Drawing.canvas(
            x + above.size() * step - GAP + Drawing.MARGIN,
            y + left.size() * step - GAP + Drawing.MARGIN);
    Graphics2D graphics = Drawing.pen(canvas);
    for (int column = 0; column < above.size(); column++) {
      String caption = above.get(column);
      int top = y - Drawing.lines(caption) * Drawing.LINE_HEIGHT - GAP / 2;
      Drawing.centered(graphics, caption, x + column * step + SIDE / 2, top);
    }
    for (int row = 0; row < left.size(); row++) {
      String caption = left.get(row);
      int middle = y + row * step + SIDE / 2;
      Drawing.text(
          graphics,
          caption,
          Drawing.MARGIN,
          middle - Drawing.lines(caption) * Drawing.LINE_HEIGHT / 2);
    }
    for (int i = 0; i < panels.size(); i++) {
      int panelX = x + i % above.size() * step;
      int panelY = y + i / above.size() * step;
      Graphics2D panel = (Graphics2D) graphics.create(panelX, panelY, SIDE, SIDE);
      panels.get(i).draw(panel);
      panel.dispose();
      graphics.setColor(Drawing.FRAME);
      graphics.drawRect(panelX, panelY, SIDE - 1, SIDE - 1);
    }
    graphics.dispose();
    return canvas;
  }
}
