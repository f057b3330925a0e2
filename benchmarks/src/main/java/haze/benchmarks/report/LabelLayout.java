package haze.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/// Finds places for names beside their points on a chart with two logarithmic axes, so that no name covers another or a
/// point: for each name in turn the nearest free place.
final class LabelLayout {
  /// What a character of the annotations' font takes, in pixels of the chart.
  private static final double CHARACTER = 7;
  private static final double LINE = 15;
  /// Of a point, and the gap between it and its name.
  private static final double RADIUS = 6;
  /// The part of the picture that the plot takes beside axes, title and legend.
  private static final double PLOT_WIDTH = 0.78;
  private static final double PLOT_HEIGHT = 0.85;
  private static final int DIRECTIONS = 16;
  private static final int RINGS = 12;
  private static final double FAR = 28;

  /// Where a name stands that belongs to a line.
  enum Side {
    ABOVE_LEFT, ABOVE_RIGHT
  }

  /// A name in its place.
  ///
  /// @param text the name
  /// @param x its middle, on the axis
  /// @param y its middle, on the axis
  /// @param atX its point
  /// @param atY its point
  /// @param isFar whether a line should lead to the point
  record Label(String text, double x, double y, double atX, double atY, boolean isFar) {}

  /// A rectangle in pixels, its middle and its half sizes.
  private record Box(double x, double y, double width, double height) {
    boolean overlaps(Box other) {
      return Math.abs(x - other.x) < width + other.width
          && Math.abs(y - other.y) < height + other.height;
    }
  }

  private record Wish(String text, double x, double y) {}

  private final double left;
  private final double bottom;
  private final double scaleX;
  private final double scaleY;
  private final double width;
  private final double height;
  private final List<Box> taken = new ArrayList<>();
  private final List<Label> labels = new ArrayList<>();
  private final List<Wish> wishes = new ArrayList<>();

  LabelLayout(double left, double right, double bottom, double top, int width, int height) {
    this.left = Math.log10(left);
    this.bottom = Math.log10(bottom);
    this.width = width * PLOT_WIDTH;
    this.height = height * PLOT_HEIGHT;
    scaleX = this.width / (Math.log10(right) - this.left);
    scaleY = this.height / (Math.log10(top) - this.bottom);
  }

  private double pixelX(double x) {
    return (Math.log10(x) - left) * scaleX;
  }

  private double pixelY(double y) {
    return (Math.log10(y) - bottom) * scaleY;
  }

  private static Box box(String text, double x, double y) {
    return new Box(x, y, text.length() * CHARACTER / 2, LINE / 2);
  }

  private void put(String text, Box box, double atX, double atY, boolean far) {
    taken.add(box);
    labels.add(new Label(text, Math.pow(10, left + box.x / scaleX),
        Math.pow(10, bottom + box.y / scaleY), atX, atY, far));
  }

  /// A name whose place does not depend on others.
  void fixed(String text, double x, double y, Side side) {
    double half = text.length() * CHARACTER / 2 + RADIUS;
    double middle = pixelX(x) + (side == Side.ABOVE_RIGHT ? half : -half);
    put(text, box(text, middle, pixelY(y) + LINE), x, y, false);
  }

  /// A point that no name may cover.
  void avoid(double x, double y) {
    taken.add(new Box(pixelX(x), pixelY(y), RADIUS, RADIUS));
  }

  /// A name for a point.
  void add(String text, double x, double y) {
    wishes.add(new Wish(text, x, y));
  }

  /// Places all names; call once.
  List<Label> place() {
    for (Wish wish : wishes) {
      place(wish);
    }
    return List.copyOf(labels);
  }

  private void place(Wish wish) {
    double x = pixelX(wish.x);
    double y = pixelY(wish.y);
    for (int ring = 0; ring < RINGS; ring++) {
      double distance = RADIUS + 2 + ring * LINE;
      for (int direction = 0; direction < DIRECTIONS; direction++) {
        double angle = 2 * Math.PI * direction / DIRECTIONS;
        double half = wish.text.length() * CHARACTER / 2;
        Box box = box(wish.text, x + Math.cos(angle) * (distance + half),
            y + Math.sin(angle) * (distance + LINE / 2));
        boolean inside = box.x - box.width > 0 && box.x + box.width < width
            && box.y - box.height > 0 && box.y + box.height < height;
        if (inside && taken.stream().noneMatch(box::overlaps)) {
          put(wish.text, box, wish.x, wish.y, distance > FAR);
          return;
        }
      }
    }
  }
}
