package haze.diffusion.figure;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// A row of histograms with a density drawn over each.
///
/// @param name what is written beside the row
/// @param values the numbers of each histogram; those outside of +-3.5 are not shown
/// @param density the density to compare with; the top of the row stands for 0.6
public record Histograms(String name, List<double[]> values, DoubleUnaryOperator density) {
  private static final double RANGE = 3.5;
  private static final double TOP = 0.6;
  private static final int BARS_HEIGHT = 90;
  private static final int BAR = 3;
  private static final int GAP = 10;

  /// The height of the row with the numbers below it.
  static final int HEIGHT = GAP + BARS_HEIGHT + Drawing.LINE_HEIGHT;

  /// Copies the list.
  public Histograms {
    values = List.copyOf(values);
  }

  /// Draws the row below the columns of a grid.
  void draw(Graphics2D graphics, CaptionedGrid.Layout at, int top) {
    int bottom = top + GAP + BARS_HEIGHT;
    int middle = bottom - BARS_HEIGHT / 2;
    int words = middle - Drawing.lines(name) * Drawing.LINE_HEIGHT / 2;
    Drawing.text(graphics, name, Drawing.MARGIN, words);
    int width = at.columnWidth() - GAP;
    for (int i = 0; i < values.size(); i++) {
      draw(graphics, values.get(i), at.middle(i) - width / 2, bottom, width / BAR);
    }
  }

  private void draw(Graphics2D graphics, double[] numbers, int left, int bottom, int bars) {
    double step = 2 * RANGE / bars;
    int[] counts = new int[bars];
    for (double number : numbers) {
      int bar = (int) Math.floor((number + RANGE) / step);
      if (bar >= 0 && bar < bars) {
        counts[bar]++;
      }
    }
    graphics.setColor(Drawing.COLOURS.getFirst());
    for (int bar = 0; bar < bars; bar++) {
      // A density that is too high is cut at the top.
      double share = Math.min(1, counts[bar] / (numbers.length * step) / TOP);
      int height = (int) Math.round(BARS_HEIGHT * share);
      graphics.fillRect(left + bar * BAR, bottom - height, BAR, height);
    }
    Path2D curve = new Path2D.Double();
    for (int bar = 0; bar <= bars; bar++) {
      double x = left + (double) bar * BAR;
      double y = bottom - BARS_HEIGHT / TOP * density.applyAsDouble(bar * step - RANGE);
      if (bar == 0) {
        curve.moveTo(x, y);
      } else {
        curve.lineTo(x, y);
      }
    }
    graphics.setColor(Drawing.COLOURS.get(1));
    graphics.setStroke(Drawing.stroke(2));
    graphics.draw(curve);
    graphics.setColor(Color.GRAY);
    graphics.setStroke(Drawing.stroke(1));
    graphics.drawLine(left, bottom, left + bars * BAR - 1, bottom);
    graphics.setColor(Drawing.INK);
    for (int value = -2; value <= 2; value += 2) {
      int x = left + (int) Math.round((value + RANGE) / step * BAR);
      Drawing.centered(graphics, Integer.toString(value), x, bottom);
    }
  }
}
