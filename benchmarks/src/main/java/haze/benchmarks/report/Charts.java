package haze.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Which figures belong to a report, and what they have in common.
final class Charts {
  static final String ROOFLINE = "roofline.png";
  static final String TIMES_SCALAR = "times-scalar.png";
  static final String TIMES_PEERS = "times-peers.png";

  /// The files that a report may have.
  static final List<String> ALL = List.of(ROOFLINE, TIMES_SCALAR, TIMES_PEERS);

  static final Color INK = new Color(0x33, 0x33, 0x33);
  static final Color FAINT = new Color(0xBB, 0xBB, 0xBB);
  static final Color GRID = new Color(0xE8, 0xE8, 0xE8);

  /// Colours that people tell apart whose eyes see red and green alike (Okabe and Ito 2008, without
  /// the yellow, which is lost on white), and five more for a full report of the suite.
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x7A5195),
          new Color(0x777777),
          new Color(0x8C510A),
          new Color(0x999933),
          new Color(0x222222),
          new Color(0x882255));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.TRIANGLE_DOWN);

  /// Twice the pixels, so that letters stay sharp on a fine screen.
  private static final int SCALE = 2;

  private static final int MARKER = 9;
  private static final int SHEER = 170;
  private static final int TITLE = 18;
  private static final int TEXT = 13;

  /// Of what is written beside points.
  static final Font SMALL = font(TEXT - 1);

  static final Font NORMAL = font(TEXT);

  private Charts() {}

  private static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  /// The colour of a series. Series share a colour from the thirteenth on, but never a marker too.
  static Color colour(int series) {
    return COLOURS.get(series % COLOURS.size());
  }

  static Marker marker(int series) {
    return MARKERS.get(series % MARKERS.size());
  }

  /// The same colour on its way to white.
  static Color pale(Color colour) {
    return new Color(whiter(colour.getRed()), whiter(colour.getGreen()), whiter(colour.getBlue()));
  }

  /// The same colour, through which what lies behind can be seen.
  static Color sheer(Color colour) {
    return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), SHEER);
  }

  private static int whiter(int part) {
    return (part + 2 * 0xFF) / 3;
  }

  /// The look of all charts: dark letters on white, nothing that is not said by a line.
  static void plain(AxesChartStyler styler) {
    styler
        .setPlotGridLinesColor(GRID)
        .setAxisTickLabelsFont(NORMAL)
        .setAxisTitleFont(font(TEXT + 1))
        .setAxisTickLabelsColor(INK);
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderColor(FAINT)
        .setChartTitleFont(font(TITLE))
        .setChartFontColor(INK)
        .setLegendFont(NORMAL)
        .setLegendBorderColor(Color.WHITE)
        .setMarkerSize(MARKER);
  }

  /// Draws what the rows allow.
  ///
  /// @return the figures by the names of their files, some of [#ALL]
  static Map<String, BufferedImage> draw(List<Row> rows, Roofs roofs, Optional<Machine> machine) {
    Map<String, BufferedImage> figures = new LinkedHashMap<>();
    String where =
        machine
            .map(Machine::processor)
            .filter(name -> !name.equals(Machine.UNKNOWN))
            .map(name -> ": " + name)
            .orElse("");
    List<Row> placed = rows.stream().filter(RooflineChart::canPlace).toList();
    if (!placed.isEmpty() && roofs.complete()) {
      figures.put(
          ROOFLINE,
          image(
              new RooflineChart("One core and its limits" + where, roofs.lines(machine), placed)
                  .chart(),
              SCALE));
    }
    ratios("Vector API against plain loops" + where, rows, Map.of("scalar", Row::timesScalar))
        .ifPresent(chart -> figures.put(TIMES_SCALAR, image(chart, SCALE)));
    Map<String, ToDoubleFunction<Row>> peers = new LinkedHashMap<>();
    for (String peer :
        new TreeSet<>(rows.stream().flatMap(row -> row.timesPeer().keySet().stream()).toList())) {
      peers.put(peer, row -> row.timesPeer().getOrDefault(peer, Double.NaN));
    }
    ratios("Haze against " + String.join(", ", peers.keySet()) + where, rows, peers)
        .ifPresent(chart -> figures.put(TIMES_PEERS, image(chart, SCALE)));
    return figures;
  }

  private static Optional<XYChart> ratios(
      String title, List<Row> rows, Map<String, ToDoubleFunction<Row>> values) {
    List<Row> known =
        rows.stream()
            .filter(
                row ->
                    values.values().stream()
                        .anyMatch(value -> !Double.isNaN(value.applyAsDouble(row))))
            .toList();
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(new RatioChart(title, known, values).chart());
  }

  /// The pixels that a text takes.
  static double width(String text, Font font) {
    return font.getStringBounds(text, new FontRenderContext(null, true, true)).getWidth();
  }

  /// Paints a chart, after which it knows where its values are among the pixels.
  static BufferedImage image(IChart chart, int scale) {
    BufferedImage image =
        new BufferedImage(
            scale * chart.getWidth(), scale * chart.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.scale(scale, scale);
    chart.paint(graphics, chart.getWidth(), chart.getHeight());
    graphics.dispose();
    return image;
  }

  /// A line that the legend does not name.
  static void line(XYChart chart, double[] x, double[] y, Color colour, float width) {
    XYSeries series = chart.addSeries("line " + chart.getSeriesCollection().size(), x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    series.setShowInLegend(false);
  }

  /// A value of a logarithmic axis.
  static String tick(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(2)).stripTrailingZeros().toPlainString();
  }
}
