package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineChartTest {
  private static final int WIDTH = 600;
  private static final int HEIGHT = 400;
  private static final Axis X = Axis.linear("x");
  private static final Axis Y = Axis.linear("y");

  @TempDir Path directory;

  private static Line level(String name, double y, Look look) {
    return new Line(name, new double[] {0, 1}, new double[] {y, y}, look);
  }

  private static BufferedImage draw(Axis x, Axis y, Line... lines) {
    return ChartPainter.draw(
        1, WIDTH, HEIGHT, List.of(new LineChart("title", x, y, Legend.NONE, List.of(lines))));
  }

  private static boolean is(BufferedImage picture, int x, int y, Color colour) {
    return new Color(picture.getRGB(x, y)).equals(colour);
  }

  /// The rows in which a colour is seen somewhere.
  private static int[] rows(BufferedImage picture, Color colour) {
    return IntStream.range(0, picture.getHeight())
        .filter(
            y -> IntStream.range(0, picture.getWidth()).anyMatch(x -> is(picture, x, y, colour)))
        .toArray();
  }

  private static int[] columns(BufferedImage picture, Color colour) {
    return IntStream.range(0, picture.getWidth())
        .filter(
            x -> IntStream.range(0, picture.getHeight()).anyMatch(y -> is(picture, x, y, colour)))
        .toArray();
  }

  private static double middle(int[] places) {
    assertTrue(places.length > 0, "the colour is not seen");
    return IntStream.of(places).average().orElseThrow();
  }

  @Test
  void everyLineIsSeenInItsColour() {
    List<Line> lines =
        IntStream.range(0, Drawing.COLOURS.size())
            .mapToObj(i -> level("line " + i, i, Look.PLAIN))
            .toList();
    BufferedImage picture = draw(X, Y, lines.toArray(new Line[0]));
    double below = HEIGHT;
    for (Color colour : Drawing.COLOURS) {
      double row = middle(rows(picture, colour));
      assertTrue(row < below, "the larger number is not above the smaller");
      below = row;
    }
  }

  @Test
  void aFaintLineIsPaleInTheNextColourAndThickOnesAndGuidesTakeNone() {
    BufferedImage picture =
        draw(
            X,
            Y,
            level("raw", 0, Look.FAINT),
            level("smooth", 1, Look.PLAIN),
            level("limit", 2, Look.GUIDE),
            level("run", 3, Look.THICK),
            level("other", 4, Look.PLAIN));
    Color blue = Drawing.COLOURS.getFirst();
    assertTrue(middle(rows(picture, new Color(0xB3D5E8))) > middle(rows(picture, blue)));
    assertTrue(middle(rows(picture, blue)) > middle(rows(picture, Drawing.COLOURS.get(1))));
    assertFalse(rows(picture, Drawing.INK).length == 0);
    assertEquals(0, rows(picture, Drawing.COLOURS.get(2)).length, "five lines took three colours");
  }

  @Test
  void pointsAreMarkedOnTheirLineOrStandAlone() {
    BufferedImage picture =
        draw(
            X,
            Y,
            level("plain", 0, Look.PLAIN),
            level("marked", 1, Look.MARKED),
            level("points", 2, Look.POINTS),
            level("next", 3, Look.PLAIN));
    int plain = rows(picture, Drawing.COLOURS.getFirst()).length;
    int marked = rows(picture, Drawing.COLOURS.get(1)).length;
    assertTrue(marked > 2 * plain, marked + " rows, a line alone " + plain);
    assertFalse(rows(picture, Drawing.COLOURS.get(2)).length == 0, "points took a colour");
    // Ends of the row of points, and nothing of their colour between them.
    int row = (int) middle(rows(picture, Drawing.COLOURS.get(1)));
    int above = row - (int) (plotHeight(picture) * 0.92 / 3);
    int[] ink =
        IntStream.range(0, WIDTH)
            .filter(x -> is(picture, x, above, Drawing.INK))
            .map(x -> x < WIDTH / 3 ? 0 : x < WIDTH * 2 / 3 ? 1 : 2)
            .distinct()
            .toArray();
    assertArrayEquals(new int[] {0, 2}, ink);
  }

  @Test
  void aLinearAxisPutsTheMeanInTheMiddleAndALogarithmicOneTheGeometricMean() {
    Line ends = level("low", 1, Look.THICK);
    Line top = level("top", 10000, Look.PLAIN);
    Line mean = level("mean", 5000.5, Look.PLAIN);
    Line geometric = level("geometric mean", 100, Look.PLAIN);
    for (Axis axis : List.of(Y, Axis.log("y"))) {
      BufferedImage picture = draw(X, axis, ends, top, mean, geometric);
      double low = IntStream.of(rows(picture, Drawing.INK)).max().orElseThrow();
      double high = middle(rows(picture, Drawing.COLOURS.get(0)));
      Color expected = Drawing.COLOURS.get(axis.logarithmic() ? 2 : 1);
      // The lines have 0.92 of the frame's height.
      double span = plotHeight(picture);
      assertTrue(low > high);
      double share = (middle(rows(picture, expected)) - high) / span;
      assertEquals(0.46, share, 0.01);
    }
  }

  /// The height of the frame around the lines.
  private static double plotHeight(BufferedImage picture) {
    int column = WIDTH - 20;
    int[] frame =
        IntStream.range(0, HEIGHT)
            .filter(y -> is(picture, column, y, new Color(0xB0B0B0)))
            .toArray();
    return frame[frame.length - 1] - frame[0];
  }

  @Test
  void whatLiesOutsideTheAxisIsNotDrawn() {
    BufferedImage picture =
        draw(
            X.within(0, 1),
            Y.within(0, 2),
            level("inside", 1, Look.PLAIN),
            level("outside", 3, Look.PLAIN),
            level("below", -0.5, Look.PLAIN));
    assertTrue(rows(picture, Drawing.COLOURS.get(0)).length > 0);
    assertEquals(0, rows(picture, Drawing.COLOURS.get(1)).length);
    assertEquals(0, rows(picture, Drawing.COLOURS.get(2)).length);
  }

  @Test
  void aNumberThatCannotBeDrawnLeavesAGap() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 0, -1}) {
      double[] x = {0, 1, 2, 3, 4, 5};
      BufferedImage picture =
          draw(X, Axis.log("y"), new Line("y", x, new double[] {bad, 1, 1, bad, 1, 1}));
      int[] columns = columns(picture, Drawing.COLOURS.getFirst());
      int[] whole =
          columns(
              draw(X, Axis.log("y"), new Line("y", x, new double[] {1, 1, 1, 1, 1, 1})),
              Drawing.COLOURS.getFirst());
      int widest =
          IntStream.range(1, columns.length)
              .map(i -> columns[i] - columns[i - 1])
              .max()
              .orElseThrow();
      assertEquals(0.5, (double) widest / (whole[whole.length - 1] - whole[0]), 0.03);
      assertArrayEquals(whole, IntStream.rangeClosed(whole[0], whole[whole.length - 1]).toArray());
    }
  }

  @Test
  void aLineOfOnePointIsSeen() {
    BufferedImage picture = draw(X, Y, new Line("point", new double[] {1}, new double[] {1}));
    assertTrue(rows(picture, Drawing.COLOURS.getFirst()).length >= 5);
  }

  @Test
  void theLegendNamesLinesOnceEvenIfTheirNamesAreAlike() {
    LineChart chart =
        new LineChart(
            "title",
            X,
            Y,
            Legend.OUTSIDE,
            List.of(level("same", 0, Look.PLAIN), level("same", 1, Look.PLAIN)));
    BufferedImage with = ChartPainter.draw(1, WIDTH, HEIGHT, List.of(chart));
    BufferedImage without = draw(X, Y, level("same", 0, Look.PLAIN), level("same", 1, Look.PLAIN));
    Color blue = Drawing.COLOURS.getFirst();
    int[] legend = columns(with, blue);
    int[] plain = columns(without, blue);
    assertTrue(legend[legend.length - 1] > plain[plain.length - 1] - 80);
    assertTrue(legend.length < plain.length, "the legend takes no width");
  }

  @Test
  void chartsStandInRowsAndColumns() {
    List<LineChart> charts =
        IntStream.rangeClosed(1, 3)
            .mapToObj(
                number ->
                    new LineChart(
                        "chart",
                        X,
                        Y,
                        Legend.NONE,
                        Collections.nCopies(number, level("line", number, Look.PLAIN))))
            .toList();
    BufferedImage picture = ChartPainter.draw(2, WIDTH, HEIGHT, charts);
    assertEquals(2 * WIDTH, picture.getWidth());
    assertEquals(2 * HEIGHT, picture.getHeight());
    for (int i = 0; i < charts.size(); i++) {
      assertSame(
          ChartPainter.draw(1, WIDTH, HEIGHT, charts.subList(i, i + 1)),
          picture.getSubimage(i % 2 * WIDTH, i / 2 * HEIGHT, WIDTH, HEIGHT));
    }
    assertTrue(is(picture, 2 * WIDTH - 1, 2 * HEIGHT - 1, Color.WHITE));
  }

  private static void assertSame(BufferedImage expected, BufferedImage actual) {
    assertArrayEquals(
        expected.getRGB(0, 0, WIDTH, HEIGHT, null, 0, WIDTH),
        actual.getRGB(0, 0, WIDTH, HEIGHT, null, 0, WIDTH));
  }

  @Test
  void framesOfAColumnBeginAtTheSamePixelHoweverWideTheirTicksAre() {
    List<LineChart> charts =
        DoubleStream.of(0.0001234, 1, 50_000)
            .mapToObj(
                top ->
                    new LineChart(
                        "chart",
                        X,
                        Axis.linear("y").within(0, top),
                        Legend.NONE,
                        List.of(level("line", top / 2, Look.PLAIN))))
            .toList();
    BufferedImage picture = ChartPainter.draw(1, WIDTH, HEIGHT, charts);
    int[] begins = new int[3];
    for (int i = 0; i < begins.length; i++) {
      begins[i] = frameBegins(picture.getSubimage(0, i * HEIGHT, WIDTH, HEIGHT));
    }
    assertEquals(begins[0], begins[1], 1);
    assertEquals(begins[0], begins[2], 1);
    int alone = frameBegins(ChartPainter.draw(1, WIDTH, HEIGHT, charts.subList(1, 2)));
    assertTrue(alone < begins[1] - 10, "alone a chart uses the room of the wider ticks");
  }

  /// The first column in which a line of the frame's colour runs from top to bottom.
  private static int frameBegins(BufferedImage picture) {
    return IntStream.range(0, WIDTH)
        .filter(
            x ->
                IntStream.range(0, HEIGHT)
                        .filter(y -> is(picture, x, y, new Color(0xB0B0B0)))
                        .count()
                    > HEIGHT / 2)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDashedLineOfManyPointsHasGapsThroughWhichTheLineBelowIsSeen() {
    double[] x = IntStream.range(0, 1000).asDoubleStream().toArray();
    double[] y = IntStream.range(0, 1000).mapToDouble(i -> i * i).toArray();
    BufferedImage picture =
        draw(X, Y, new Line("below", x, y), new Line("above", x, y, Look.DASHED));
    int below = columns(picture, Drawing.COLOURS.get(0)).length;
    int above = columns(picture, Drawing.COLOURS.get(1)).length;
    assertTrue(below > 100 && above > 100, below + " and " + above);
  }

  @Test
  void aLineHasTheColourThatItAsksForAndTakesNoneFromTheOthers() {
    double[] ends = {0, 1};
    BufferedImage picture =
        draw(
            X,
            Y,
            new Line("third", ends, new double[] {0, 0}, Look.PLAIN, 2),
            level("first", 1, Look.PLAIN));
    assertTrue(
        middle(rows(picture, Drawing.COLOURS.get(2)))
            > middle(rows(picture, Drawing.COLOURS.get(0))));
    assertEquals(0, rows(picture, Drawing.COLOURS.get(1)).length);
  }

  @Test
  void ticksAreShortNumbers() {
    assertEquals("0", Ticks.tick(0));
    assertEquals("0.25", Ticks.tick(0.25));
    assertEquals("-20", Ticks.tick(-20));
    assertEquals("0.001", Ticks.tick(1e-3));
    assertEquals("10⁻⁴", Ticks.tick(1e-4));
    assertEquals("5·10⁻¹²", Ticks.tick(5e-12));
    assertEquals("10000", Ticks.tick(10000));
    assertEquals("10⁶", Ticks.tick(1e6));
    assertEquals("-2.5·10⁵", Ticks.tick(-2.5e5));
  }

  @Test
  void theFileIsAPngOfThePromisedSize() throws Exception {
    Path file = directory.resolve("chart.png");
    new LineChart("title", X, Y, Legend.OUTSIDE, List.of(level("a", 0, Look.PLAIN))).write(file);
    BufferedImage picture = ImageIO.read(file.toFile());
    assertEquals(1200, picture.getWidth());
    assertEquals(800, picture.getHeight());
    assertEquals(List.of(file), Files.list(directory).toList());
  }

  @Test
  void aChartWithoutAPointAndALineOfTwoLengthsAreRefused() {
    Line nothing = new Line("nothing", new double[] {1}, new double[] {-1});
    assertEquals(
        "chart 'title': there is no point to draw",
        assertThrows(
                IllegalArgumentException.class,
                () -> new LineChart("title", X, Axis.log("y"), Legend.NONE, List.of(nothing)))
            .getMessage());
    assertEquals(
        "line 'odd': lengths differ: 1 and 2",
        assertThrows(
                IllegalArgumentException.class, () -> new Line("odd", new double[1], new double[2]))
            .getMessage());
  }
}
