package haze.benchmarks.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import org.knowm.xchart.internal.chartpart.Annotation;

/// A text at a pixel of a chart, in a colour of its own, possibly turned. XChart's own annotation
/// has one colour for all, and centres a word by the letters that it happens to have.
final class Caption extends Annotation {
  /// Which point of the text is at the pixel.
  enum Anchor {
    LEFT(0),
    MIDDLE(0.5),
    RIGHT(1);

    private final double part;

    Anchor(double part) {
      this.part = part;
    }
  }

  /// From the middle of small letters to the line that they stand on, of the font's size.
  private static final double MIDDLE = 0.35;

  private final String text;
  private final double x;
  private final double y;
  private final Anchor anchor;
  private final Color colour;
  private final double angle;
  private final Font font;

  /// @param x pixels from the left
  /// @param y pixels from above, of the middle of the letters
  /// @param angle by which the text is turned, clockwise
  Caption(String text, double x, double y, Anchor anchor, Color colour, Font font, double angle) {
    super(true);
    this.text = text;
    this.x = x;
    this.y = y;
    this.anchor = anchor;
    this.colour = colour;
    this.font = font;
    this.angle = angle;
  }

  @Override
  public void paint(Graphics2D graphics) {
    double width = font.getStringBounds(text, graphics.getFontRenderContext()).getWidth();
    AffineTransform before = graphics.getTransform();
    graphics.translate(x, y);
    graphics.rotate(angle);
    graphics.setFont(font);
    graphics.setColor(colour);
    graphics.drawString(text, (float) (-anchor.part * width), (float) (MIDDLE * font.getSize2D()));
    graphics.setTransform(before);
    bounds = new Rectangle2D.Double(x, y, width, font.getSize2D());
  }
}
