package haze.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Which pictures belong to a report, and what they have in common.
final class Charts {
  private static final String ROOFLINE = "roofline.png";
  private static final String TIMES_SCALAR = "times-scalar.png";
  private static final String TIMES_PEERS = "times-peers.png";

  /// The files that a report may have.
  static final List<String> ALL = List.of(ROOFLINE, TIMES_SCALAR, TIMES_PEERS);

  static final Color INK = new Color(0x33, 0x33, 0x33);
  static final Color FAINT = new Color(0xBB, 0xBB, 0xBB);
  private static final Color GRID = new Color(0xE8, 0xE8, 0xE8);

  /// Colours that people tell apart whose eyes see red and green alike (Okabe and Ito 2008), and
  /// two more.
  static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x7A5195),
          new Color(0x666666));

  /// Twice the pixels, so that letters stay sharp on a fine screen.
  private static final int SCALE = 2;

  private static final int TITLE = 18;
  private static final int TEXT = 13;

  private Charts() {}

  private static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  /// The look of all charts: dark letters on white, nothing that is not said by a line.
  static void plain(AxesChartStyler styler) {
    styler
        .setPlotGridLinesColor(GRID)
        .setAxisTickLabelsFont(font(TEXT))
        .setAxisTitleFont(font(TEXT + 1))
        .setAxisTickLabelsColor(INK);
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderColor(FAINT)
        .setChartTitleFont(font(TITLE))
        .setChartFontColor(INK)
        .setLegendFont(font(TEXT))
        .setLegendBorderColor(Color.WHITE)
        .setAnnotationTextFont(font(TEXT - 1))
        .setAnnotationTextFontColor(INK)
        .setMarkerSize(9);
  }

  /// Draws what the rows allow.
  ///
  /// @return the files
  static List<Path> write(Path directory, List<Row> rows, Roofs roofs) throws IOException {
    List<Path> written = new ArrayList<>();
    List<Row> largest = largest(rows);
    List<Row> placed = rows.stream().filter(RooflineChart::canPlace).toList();
    if (!placed.isEmpty() && roofs.complete()) {
      written.add(
          save(
              directory.resolve(ROOFLINE),
              new RooflineChart(roofs, placed, largest).chart()));
    }
    written.addAll(
        bars(
            directory.resolve(TIMES_SCALAR),
            "Vector API against plain loops",
            "times as fast as the scalar twin",
            largest,
            Map.of("scalar", Row::timesScalar)));
    TreeSet<String> peers = new TreeSet<>();
    rows.forEach(row -> peers.addAll(row.timesPeer().keySet()));
    Map<String, ToDoubleFunction<Row>> byPeer = new LinkedHashMap<>();
    peers.forEach(peer -> byPeer.put(peer, row -> row.timesPeer().getOrDefault(peer, Double.NaN)));
    written.addAll(
        bars(
            directory.resolve(TIMES_PEERS),
            "Haze against others",
            "times as fast as the other's best variant",
            rows,
            byPeer));
    return written;
  }

  /// Of each kernel the size that takes longest.
  private static List<Row> largest(List<Row> rows) {
    Map<String, Row> largest = new LinkedHashMap<>();
    rows.forEach(
        row ->
            largest.merge(
                row.result().label(),
                row,
                (a, b) -> a.result().seconds() >= b.result().seconds() ? a : b));
    return List.copyOf(largest.values());
  }

  private static List<Path> bars(
      Path file,
      String title,
      String axis,
      List<Row> rows,
      Map<String, ToDoubleFunction<Row>> values)
      throws IOException {
    List<Row> known =
        rows.stream()
            .filter(
                row ->
                    values.values().stream()
                        .anyMatch(value -> !Double.isNaN(value.applyAsDouble(row))))
            .toList();
    return known.isEmpty()
        ? List.of()
        : List.of(save(file, BarChart.of(title, axis, known, values)));
  }

  private static Path save(Path file, IChart chart) throws IOException {
    ImageIO.write(image(chart, SCALE), "png", file.toFile());
    return file;
  }

  /// The pixels that an annotation takes.
  static int width(String text) {
    return (int)
        Math.ceil(
            font(TEXT - 1)
                .getStringBounds(text, new FontRenderContext(null, true, true))
                .getWidth());
  }

  /// Paints a chart, after which it knows where its values are among the pixels.
  static BufferedImage image(IChart chart, int scale) {
    BufferedImage image =
        new BufferedImage(
            scale * chart.getWidth(), scale * chart.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
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
    series.setLineStyle(new BasicStroke(width));
    series.setShowInLegend(false);
  }

  /// A value of a logarithmic axis.
  static String tick(double value) {
    return value >= 1 ? String.format(Locale.ROOT, "%.0f", value) : String.valueOf(value);
  }
}
