package haze.diffusion.figure;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Arc2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Point2D;
import java.awt.geom.QuadCurve2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A Markov chain as circles and arrows: a circle for each state, an arrow for each step that is
/// possible, thicker the more probable it is.
///
/// @param title what is seen
/// @param states the names of the states, at most six
/// @param transition element (i, j) is the probability that state j follows state i
@SuppressWarnings("ArrayRecordComponent") // A bundle of arguments; nobody compares two.
public record StateDiagram(String title, List<String> states, double[][] transition)
    implements Figure {
  private static final int SIDE = 640;
  private static final int TITLE_SIZE = 22;

  /// As in a chart of the same height.
  private static final int TITLE_TOP = 22;

  /// Leaves room for the title.
  private static final int MIDDLE = 346;

  private static final double CIRCLE = 160;
  private static final double STATE = 48;
  private static final double LOOP = 26;

  /// How far an arrow bends aside, as a share of its length, so that the arrow back has room.
  private static final double BEND = 0.09;

  private static final double WORDS = 18;

  /// Copies the names and the matrix.
  ///
  /// @throws IllegalArgumentException if there are more states than colours, or the matrix is not
  ///   of as many rows and columns as there are states
  public StateDiagram {
    states = List.copyOf(states);
    int count = states.size();
    if (count > Drawing.COLOURS.size()
        || transition.length != count
        || Arrays.stream(transition).anyMatch(row -> row.length != count)) {
      throw new IllegalArgumentException(
          "state diagram: " + transition.length + " rows of probabilities for states " + states);
    }
    transition = Arrays.stream(transition).map(double[]::clone).toArray(double[][]::new);
  }

  @Override
  public BufferedImage draw() {
    BufferedImage canvas = Drawing.canvas(SIDE, SIDE);
    Graphics2D graphics = Drawing.pen(canvas);
    graphics.setFont(Drawing.font(TITLE_SIZE));
    Drawing.centered(graphics, title, SIDE / 2, TITLE_TOP);
    graphics.setFont(Drawing.font(Drawing.LETTERS));
    for (int i = 0; i < states.size(); i++) {
      for (int j = 0; j < states.size(); j++) {
        if (transition[i][j] > 0) {
          graphics.setColor(Drawing.COLOURS.get(i));
          graphics.setStroke(Drawing.stroke(1 + 4 * transition[i][j]));
          if (i == j) {
            loop(graphics, i);
          } else {
            arrow(graphics, i, j);
          }
        }
      }
    }
    for (int i = 0; i < states.size(); i++) {
      Point2D at = place(i);
      graphics.setColor(Drawing.COLOURS.get(i));
      graphics.fill(
          new Ellipse2D.Double(at.getX() - STATE, at.getY() - STATE, 2 * STATE, 2 * STATE));
      graphics.setColor(Color.WHITE);
      words(graphics, states.get(i), at.getX(), at.getY());
    }
    graphics.dispose();
    return canvas;
  }

  /// The middle of a state's circle; the first is at the top.
  private Point2D place(int i) {
    double angle = angle(i);
    return new Point2D.Double(
        SIDE / 2.0 + CIRCLE * Math.cos(angle), MIDDLE + CIRCLE * Math.sin(angle));
  }

  private double angle(int i) {
    return 2 * Math.PI * i / states.size() - Math.PI / 2;
  }

  private void arrow(Graphics2D graphics, int i, int j) {
    Point2D from = place(i);
    Point2D to = place(j);
    double dx = to.getX() - from.getX();
    double dy = to.getY() - from.getY();
    // Bent to the left of the direction in which it goes.
    double bendX = (from.getX() + to.getX()) / 2 + 2 * BEND * dy;
    double bendY = (from.getY() + to.getY()) / 2 - 2 * BEND * dx;
    double leaves = Math.atan2(bendY - from.getY(), bendX - from.getX());
    double arrives = Math.atan2(to.getY() - bendY, to.getX() - bendX);
    double endX = to.getX() - (STATE + 2) * Math.cos(arrives);
    double endY = to.getY() - (STATE + 2) * Math.sin(arrives);
    graphics.draw(
        new QuadCurve2D.Double(
            from.getX() + STATE * Math.cos(leaves),
            from.getY() + STATE * Math.sin(leaves),
            bendX,
            bendY,
            endX - 5 * Math.cos(arrives),
            endY - 5 * Math.sin(arrives)));
    Drawing.arrowHead(graphics, endX, endY, arrives);
    double length = Math.hypot(dx, dy);
    double aside = 1.5 * BEND * length + WORDS;
    graphics.setColor(Drawing.INK);
    words(
        graphics,
        number(transition[i][j]),
        (from.getX() + to.getX()) / 2 + aside * dy / length,
        (from.getY() + to.getY()) / 2 - aside * dx / length);
  }

  /// From a state to itself, on the outer side.
  private void loop(Graphics2D graphics, int i) {
    double angle = angle(i);
    Point2D at = place(i);
    double distance = STATE + LOOP * 0.6;
    double x = at.getX() + distance * Math.cos(angle);
    double y = at.getY() + distance * Math.sin(angle);
    double degrees = -Math.toDegrees(angle);
    graphics.draw(
        new Arc2D.Double(x - LOOP, y - LOOP, 2 * LOOP, 2 * LOOP, degrees - 120, 240, Arc2D.OPEN));
    double end = Math.toRadians(-(degrees + 120));
    Drawing.arrowHead(
        graphics, x + LOOP * Math.cos(end), y + LOOP * Math.sin(end), end - Math.PI / 2 + 0.25);
    graphics.setColor(Drawing.INK);
    double out = LOOP + WORDS;
    words(graphics, number(transition[i][i]), x + out * Math.cos(angle), y + out * Math.sin(angle));
  }

  private static String number(double probability) {
    return String.format(Locale.ROOT, "%.1f", probability);
  }

  private static void words(Graphics2D graphics, String words, double x, double y) {
    Drawing.centered(
        graphics, words, (int) Math.round(x), (int) Math.round(y) - Drawing.LINE_HEIGHT / 2);
  }
}
