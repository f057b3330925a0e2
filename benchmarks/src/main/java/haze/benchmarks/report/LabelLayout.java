package haze.benchmarks.report;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Finds places for names beside their points on a chart with two logarithmic axes, so that no name
/// covers another or a point: for each name in turn the nearest free place.
final class LabelLayout {
  private static final double LINE = 16;

  /// Of a point, with the gap between it and its name.
  private static final double RADIUS = 7;

  private static final int DIRECTIONS = 32;
  private static final int RINGS = 20;

  /// How far away a name may be that can also be left out.
  private static final int NEAR_RINGS = 3;

  /// From this distance on, a line leads from the name to its point.
  private static final double FAR = 16;

  /// Places along a line.
  private static final int SAMPLES = 300;

  /// A name in its place, which is its middle on the axes.
  ///
  /// @param leader a line from the name's edge to its point; empty if they are close
  record Label(String text, double x, double y, Optional<Leader> leader, Color colour) {}

  /// A line on the axes.
  record Leader(double fromX, double fromY, double toX, double toY) {}

  /// A rectangle in pixels: its middle and half its sizes.
  private record Box(double x, double y, double width, double height) {
    boolean overlaps(Box other) {
      return Math.abs(x - other.x) < width + other.width
          && Math.abs(y - other.y) < height + other.height;
    }
  }

  private record Wish(String text, double x, double y, boolean must, Color colour) {}

  private final LogAxis xAxis;
  private final LogAxis yAxis;
  private final List<Box> taken = new ArrayList<>();
  private final List<Label> labels = new ArrayList<>();
  private final List<Wish> wishes = new ArrayList<>();

  LabelLayout(LogAxis xAxis, LogAxis yAxis) {
    this.xAxis = xAxis;
    this.yAxis = yAxis;
  }

  /// A line, by two of its points, that no name may cover.
  void avoid(double fromX, double fromY, double toX, double toY) {
    for (int i = 0; i <= SAMPLES; i++) {
      double part = i / (double) SAMPLES;
      taken.add(
          new Box(
              xAxis.pixel(fromX) + part * (xAxis.pixel(toX) - xAxis.pixel(fromX)),
              yAxis.pixel(fromY) + part * (yAxis.pixel(toY) - yAxis.pixel(fromY)),
              2,
              2));
    }
  }

  /// A point that no name may cover.
  void avoid(double x, double y) {
    taken.add(new Box(xAxis.pixel(x), yAxis.pixel(y), RADIUS, RADIUS));
  }

  /// A name for a point.
  ///
  /// @param must whether it is to be written far from its point where there is no room nearer;
  ///   otherwise it is left out
  void beside(String text, double x, double y, boolean must, Color colour) {
    wishes.add(new Wish(text, x, y, must, colour));
  }

  /// Places the names, first those that must be written, the highest point's first: where points
  /// lie above each other their names then do too.
  List<Label> place() {
    wishes.sort(Comparator.comparing(Wish::must).thenComparingDouble(Wish::y).reversed());
    wishes.forEach(this::place);
    return List.copyOf(labels);
  }

  private void place(Wish wish) {
    double x = xAxis.pixel(wish.x);
    double y = yAxis.pixel(wish.y);
    for (int ring = 0; ring < (wish.must ? RINGS : NEAR_RINGS); ring++) {
      double distance = RADIUS + 2 + ring * LINE / 2;
      for (int direction = 0; direction < DIRECTIONS; direction++) {
        double angle = 2 * Math.PI * direction / DIRECTIONS;
        Box box =
            box(
                wish.text,
                x + Math.cos(angle) * (distance + half(wish.text)),
                y - Math.sin(angle) * (distance + LINE / 2));
        if (xAxis.contains(box.x - box.width, box.x + box.width)
            && yAxis.contains(box.y - box.height, box.y + box.height)
            && taken.stream().noneMatch(box::overlaps)) {
          put(wish, box);
          return;
        }
      }
    }
  }

  private void put(Wish wish, Box box) {
    taken.add(box);
    double x = xAxis.pixel(wish.x);
    double y = yAxis.pixel(wish.y);
    double edgeX = Math.clamp(x, box.x - box.width, box.x + box.width);
    double edgeY = Math.clamp(y, box.y - box.height, box.y + box.height);
    Optional<Leader> leader =
        Math.hypot(edgeX - x, edgeY - y) <= FAR
            ? Optional.empty()
            : Optional.of(new Leader(xAxis.value(edgeX), yAxis.value(edgeY), wish.x, wish.y));
    labels.add(new Label(wish.text, xAxis.value(box.x), yAxis.value(box.y), leader, wish.colour));
  }

  private static double half(String text) {
    return Charts.width(text, Charts.SMALL) / 2 + 1;
  }

  private static Box box(String text, double x, double y) {
    return new Box(x, y, half(text), LINE / 2);
  }
}
