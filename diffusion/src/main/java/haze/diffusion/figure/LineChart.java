package haze.diffusion.figure;

import haze.diffusion.io.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws numbers over numbers as lines, so that all charts of Haze look alike.
///
/// White ground, thin grid, colours that people tell apart whose eyes see red and green alike.
///
/// @param title what is seen
/// @param x the axis to the right
/// @param y the axis upwards
/// @param legend where the lines' names stand
/// @param lines what is drawn, later lines over earlier ones
public record LineChart(String title, Axis x, Axis y, Legend legend, List<Line> lines) {
  /// The lines' colours in their order (Okabe and Ito 2008, without the yellow, which is lost on
  /// white).
  public static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9));

  /// What stands out, and what is written, has no colour.
  public static final Color INK = new Color(0x222222);

  private static final Color GRID = new Color(0xE8E8E8);
  private static final Color FRAME = new Color(0xB0B0B0);

  /// How much of a faint line's colour is left; the rest is white.
  private static final double FAINT = 0.3;

  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;
  private static final int TITLE_SIZE = 22;
  private static final int LABEL_SIZE = 19;
  private static final int TICK_SIZE = 17;
  private static final int TICK_DISTANCE = 90;
  private static final int TICK_HEIGHT = 50;
  private static final int PADDING = 14;
  private static final int TITLE_PADDING = 8;

  /// Powers of ten outside are written as such.
  private static final int FIRST_LARGE_POWER = 5;

  private static final int FIRST_PLAIN_POWER = -3;

  /// Keeps a power of ten from falling below itself.
  private static final double ROUNDING = 1e-9;

  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /// Copies the list.
  ///
  /// @throws IllegalArgumentException if there is no point to draw
  public LineChart {
    lines = List.copyOf(lines);
    if (lines.stream().allMatch(line -> points(line, x, y)[0].length == 0)) {
      throw new IllegalArgumentException("chart '" + title + "': there is no point to draw");
    }
  }

  /// An axis of a chart.
  ///
  /// @param label what is counted along it, and in which unit
  /// @param logarithmic whether equal distances are equal factors; numbers that are not positive
  ///   are not drawn then
  /// @param min where it begins, or null for the smallest number that is drawn
  /// @param max where it ends, or null for the largest
  public record Axis(
      String label, boolean logarithmic, @Nullable Double min, @Nullable Double max) {
    /// An axis on which equal distances are equal differences.
    ///
    /// @param label what is counted along it
    /// @return the axis, as long as the numbers need
    public static Axis linear(String label) {
      return new Axis(label, false, null, null);
    }

    /// An axis on which equal distances are equal factors.
    ///
    /// @param label what is counted along it
    /// @return the axis, as long as the numbers need
    public static Axis log(String label) {
      return new Axis(label, true, null, null);
    }

    /// The same axis with fixed ends; what lies outside is not drawn.
    ///
    /// @param from where it begins
    /// @param to where it ends
    /// @return the axis
    public Axis within(double from, double to) {
      return new Axis(label, logarithmic, from, to);
    }

    private boolean shows(double value) {
      return Double.isFinite(value) && (!logarithmic || value > 0);
    }
  }

  /// What a line looks like.
  public enum Look {
    /// A line in the next colour.
    PLAIN,
    /// Thin and grey: a limit or a level to compare with.
    GUIDE,
    /// Thin and pale, in the colour of the line that comes after it, of which it is the raw
    /// material. The legend does not name it.
    FAINT,
    /// Thick and dark: the line that the chart is about.
    THICK
  }

  /// Points that are joined in their order.
  ///
  /// @param name its name in the legend
  /// @param x where the points are; the line has a gap where a number is not finite, or not
  ///   positive on a logarithmic axis
  /// @param y how high they are
  /// @param look what it looks like
  @SuppressWarnings("ArrayRecordComponent") // A bundle of arguments; nobody compares two.
  public record Line(String name, double[] x, double[] y, Look look) {
    /// Checks the lengths.
    ///
    /// @throws IllegalArgumentException if there are more numbers of one kind than of the other
    public Line {
      if (x.length != y.length) {
        throw new IllegalArgumentException(
            "line '" + name + "': lengths differ: " + x.length + " and " + y.length);
      }
    }

    /// A plain line.
    ///
    /// @param name its name in the legend
    /// @param x where the points are
    /// @param y how high they are
    /// @throws IllegalArgumentException if there are more numbers of one kind than of the other
    public Line(String name, double[] x, double[] y) {
      this(name, x, y, Look.PLAIN);
    }
  }

  /// Where the lines' names stand.
  public enum Legend {
    /// Nowhere.
    NONE(null),
    /// On the right, outside.
    OUTSIDE(LegendPosition.OutsideE),
    /// Inside, above on the left.
    TOP_LEFT(LegendPosition.InsideNW),
    /// Inside, above on the right.
    TOP_RIGHT(LegendPosition.InsideNE),
    /// Inside, below on the left.
    BOTTOM_LEFT(LegendPosition.InsideSW),
    /// Inside, below on the right.
    BOTTOM_RIGHT(LegendPosition.InsideSE);

    private final @Nullable LegendPosition position;

    Legend(@Nullable LegendPosition position) {
      this.position = position;
    }
  }

  /// Writes the chart as a PNG file of 1200 x 800 pixels.
  ///
  /// @param file the picture; replaced as a whole
  /// @throws IOException if the file cannot be written
  public void write(Path file) throws IOException {
    write(file, 1, WIDTH, HEIGHT, List.of(this));
  }

  /// Writes several charts as one PNG file.
  ///
  /// @param file the picture; replaced as a whole
  /// @param columns how many charts stand side by side
  /// @param width the width of a chart in pixels; letters are 17 high
  /// @param height its height
  /// @param charts fill row after row
  /// @throws IOException if the file cannot be written
  public static void write(Path file, int columns, int width, int height, List<LineChart> charts)
      throws IOException {
    byte[] png = Png.of(draw(columns, width, height, charts));
    AtomicFile.write(file, out -> out.write(png));
  }

  /// Draws charts in rows and columns.
  static BufferedImage draw(int columns, int width, int height, List<LineChart> charts) {
    int rows = Math.ceilDiv(charts.size(), columns);
    BufferedImage picture =
        new BufferedImage(columns * width, rows * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D ground = picture.createGraphics();
    ground.setColor(Color.WHITE);
    ground.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    ground.dispose();
    for (int i = 0; i < charts.size(); i++) {
      Graphics2D graphics = picture.createGraphics();
      graphics.translate(i % columns * width, i / columns * height);
      charts.get(i).chart(width, height).paint(graphics, width, height);
      graphics.dispose();
    }
    return picture;
  }

  /// The chart in the library's words.
  private XYChart chart(int width, int height) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .title(title)
            .xAxisTitle(x.label)
            .yAxisTitle(y.label)
            .build();
    style(chart.getStyler());
    roundTicks(chart);
    int colour = 0;
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      double[][] points = points(line, x, y);
      Color ownColour = COLOURS.get(colour % COLOURS.size());
      colour += line.look == Look.PLAIN ? 1 : 0;
      if (points[0].length == 0) {
        continue;
      }
      // Names may occur twice; the library tells lines apart by theirs.
      XYSeries series = chart.addSeries(Integer.toString(i), points[0], points[1]);
      series.setLabel(line.name);
      series.setShowInLegend(line.look != Look.FAINT);
      series.setLineStyle(stroke(line.look));
      Color drawn =
          switch (line.look) {
            case PLAIN -> ownColour;
            case FAINT -> pale(ownColour);
            case GUIDE -> FRAME;
            case THICK -> INK;
          };
      series.setLineColor(drawn);
      // A line of one point would not be seen.
      series.setMarker(points[0].length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
      series.setMarkerColor(drawn);
    }
    return chart;
  }

  /// Numbers at equal distances would get the library's ticks for categories, at 1, 64, 127, ..
  /// instead of 100, 200, ..; so there is a line, never drawn, that goes back and forth.
  private void roundTicks(XYChart chart) {
    chart
        .addSeries("ticks", backAndForth(ends(x, 0)), backAndForth(ends(y, 1)))
        .setEnabled(false)
        .setShowInLegend(false);
  }

  private static double[] backAndForth(double[] ends) {
    return new double[] {ends[1], (ends[0] + ends[1]) / 2, ends[0]};
  }

  /// The points that can be drawn, and for each row of others between them a NaN, where the library
  /// leaves a gap.
  ///
  /// @return the x's and the y's
  private static double[][] points(Line line, Axis x, Axis y) {
    double[] xs = new double[line.x.length];
    double[] ys = new double[line.x.length];
    int count = 0;
    for (int i = 0; i < line.x.length; i++) {
      if (x.shows(line.x[i]) && y.shows(line.y[i])) {
        xs[count] = line.x[i];
        ys[count++] = line.y[i];
      } else if (count > 0 && !Double.isNaN(ys[count - 1])) {
        xs[count] = xs[count - 1];
        ys[count++] = Double.NaN;
      }
    }
    return new double[][] {Arrays.copyOf(xs, count), Arrays.copyOf(ys, count)};
  }

  private void style(XYStyler styler) {
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderColor(FRAME)
        .setChartFontColor(INK)
        .setChartPadding(PADDING)
        .setChartTitleFont(font(TITLE_SIZE))
        .setChartTitleBoxVisible(false)
        .setChartTitlePadding(TITLE_PADDING)
        .setLegendFont(font(TICK_SIZE))
        .setLegendBorderColor(GRID)
        .setLegendBackgroundColor(Color.WHITE)
        .setLocale(Locale.ROOT);
    if (legend.position == null) {
      styler.setLegendVisible(false);
    } else {
      styler.setLegendPosition(legend.position);
    }
    styler
        .setPlotGridLinesColor(GRID)
        .setPlotGridLinesStroke(new BasicStroke(1))
        .setAxisTickLabelsFont(font(TICK_SIZE))
        .setAxisTitleFont(font(LABEL_SIZE))
        .setAxisTickLabelsColor(INK)
        .setAxisTickMarksColor(FRAME)
        .setXAxisTickMarkSpacingHint(TICK_DISTANCE)
        .setYAxisTickMarkSpacingHint(TICK_HEIGHT)
        .setPlotMargin(0)
        .setXAxisLogarithmic(x.logarithmic)
        .setYAxisLogarithmic(y.logarithmic)
        .setXAxisMin(x.min)
        .setXAxisMax(x.max)
        .setYAxisMin(y.min)
        .setYAxisMax(y.max)
        .setYAxisLabelAlignment(TextAlignment.Right)
        .setXAxisLogarithmicDecadeOnly(false)
        .setYAxisLogarithmicDecadeOnly(false)
        .setXAxisTickLabelsFormattingFunction(labels(x, ends(x, 0)))
        .setYAxisTickLabelsFormattingFunction(labels(y, ends(y, 1)));
  }

  private static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  private static BasicStroke stroke(Look look) {
    float width =
        switch (look) {
          case PLAIN -> 2.5f;
          case FAINT, GUIDE -> 2;
          case THICK -> 5;
        };
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  private static Color pale(Color colour) {
    return new Color(pale(colour.getRed()), pale(colour.getGreen()), pale(colour.getBlue()));
  }

  private static int pale(int level) {
    return (int) Math.round(255 - FAINT * (255 - level));
  }

  /// Where an axis begins and ends.
  ///
  /// @param values the x's or the y's, see [#points]
  private double[] ends(Axis axis, int values) {
    DoubleSummaryStatistics all =
        lines.stream()
            .flatMapToDouble(line -> Arrays.stream(points(line, x, y)[values]))
            .filter(Double::isFinite)
            .summaryStatistics();
    return new double[] {
      axis.min == null ? all.getMin() : axis.min, axis.max == null ? all.getMax() : axis.max
    };
  }

  /// How the ticks of an axis are labelled. The ticks of a logarithmic one are 1, 2, .. 9 times a
  /// power of ten: those that are labelled depend on how many there are.
  private static Function<Double, String> labels(Axis axis, double[] ends) {
    if (!axis.logarithmic) {
      return LineChart::tick;
    }
    double powers = Math.log10(ends[1] / ends[0]);
    return value -> {
      long factor = Math.round(value / Math.pow(10, Math.floor(Math.log10(value) + ROUNDING)));
      boolean labelled = factor == 1 || powers < 1 || (powers < 2 && (factor == 2 || factor == 5));
      return labelled ? tick(value) : " ";
    };
  }

  /// A number beside its tick: `0.25`, `1000`, `10⁻⁶`.
  static String tick(double value) {
    double power = Math.log10(Math.abs(value));
    if (value != 0 && (power >= FIRST_LARGE_POWER || power < FIRST_PLAIN_POWER - ROUNDING)) {
      int whole = (int) Math.floor(power + ROUNDING);
      String factor = digits(value / Math.pow(10, whole));
      String ten =
          "10"
              + (whole < 0 ? "⁻" : "")
              + Integer.toString(Math.abs(whole))
                  .chars()
                  .mapToObj(c -> SUPERSCRIPTS.substring(c - '0', c - '0' + 1))
                  .reduce("", String::concat);
      return factor.equals("1") ? ten : factor + "·" + ten;
    }
    return digits(value);
  }

  private static String digits(double value) {
    return new DecimalFormat("0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value);
  }
}
