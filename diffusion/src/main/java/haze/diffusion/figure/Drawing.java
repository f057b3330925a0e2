package haze.diffusion.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// What all figures share: colours, letters, white ground, and words of several lines.
final class Drawing {
  /// Colours that stay apart for colour-blind readers (Okabe and Ito 2008), without the yellow,
  /// which is lost on white.
  static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9));

  /// What stands out, and what is written, has no colour.
  static final Color INK = new Color(0x222222);

  static final Color FRAME = new Color(0xB0B0B0);
  static final int LETTERS = 15;
  static final int LINE_HEIGHT = 20;
  static final int MARGIN = 14;

  private static final int ARROW_HEAD = 9;

  private Drawing() {}

  static BufferedImage canvas(int width, int height) {
    BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return canvas;
  }

  /// A smooth pen for words and shapes, of the colour of ink.
  static Graphics2D pen(BufferedImage canvas) {
    Graphics2D graphics = canvas.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setFont(font(LETTERS));
    graphics.setColor(INK);
    return graphics;
  }

  static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  static BufferedImage beside(BufferedImage left, BufferedImage right) {
    int height = Math.max(left.getHeight(), right.getHeight());
    BufferedImage both = canvas(left.getWidth() + right.getWidth(), height);
    Graphics2D graphics = both.createGraphics();
    graphics.drawImage(left, 0, (height - left.getHeight()) / 2, null);
    graphics.drawImage(right, left.getWidth(), (height - right.getHeight()) / 2, null);
    graphics.dispose();
    return both;
  }

  static int lines(String text) {
    return (int) text.lines().count();
  }

  /// The width of the widest line.
  static int width(String text) {
    Graphics2D graphics = pen(canvas(1, 1));
    FontMetrics metrics = graphics.getFontMetrics();
    graphics.dispose();
    return text.lines().mapToInt(metrics::stringWidth).max().orElse(0);
  }

  /// Writes lines one below the other.
  static void text(Graphics2D graphics, String text, int x, int top) {
    int y = top + graphics.getFontMetrics().getAscent();
    for (String line : text.lines().toList()) {
      graphics.drawString(line, x, y);
      y += LINE_HEIGHT;
    }
  }

  /// Writes lines around a middle.
  static void centered(Graphics2D graphics, String text, int middle, int top) {
    for (String line : text.lines().toList()) {
      text(graphics, line, middle - graphics.getFontMetrics().stringWidth(line) / 2, top);
      top += LINE_HEIGHT;
    }
  }

  /// The head of an arrow.
  ///
  /// @param angle the direction in which it points, 0 to the right, in radians, clockwise
  static void arrowHead(Graphics2D graphics, double x, double y, double angle) {
    Path2D head = new Path2D.Double();
    head.moveTo(x, y);
    for (double side : new double[] {-0.4, 0.4}) {
      head.lineTo(x - ARROW_HEAD * Math.cos(angle + side), y - ARROW_HEAD * Math.sin(angle + side));
    }
    head.closePath();
    graphics.fill(head);
  }

  static BasicStroke stroke(double width) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }
}
