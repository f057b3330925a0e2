package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.NoiseSchedule;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleChartsTest {
  @Test
  void schedulesAreDrawnAsBetaAlphaBarAndDecibels() {
    List<LineChart> charts = ScheduleCharts.charts(null, "");
    assertEquals(6, charts.size());
    Line beta = charts.get(0).lines().getFirst();
    assertEquals("linear", beta.name());
    assertEquals(1e-4, beta.y()[0], 1e-12);
    assertEquals(0.02, beta.y()[999], 1e-12);
    assertEquals(1000, beta.x()[999]);
    // Half of the power is left of the cosine schedule's picture in the middle, nearly.
    Line alphaBar = charts.get(3).lines().getFirst();
    assertEquals("cosine", alphaBar.name());
    assertEquals(0.494, alphaBar.y()[499], 0.001);
    Line decibels = charts.get(5).lines().getFirst();
    assertEquals(
        10 * Math.log10(alphaBar.y()[99] / (1 - alphaBar.y()[99])), decibels.y()[99], 1e-9);
  }

  @Test
  void aModelsScheduleIsThickInEveryChartAndTheOthersHaveItsTimesteps() {
    for (LineChart chart : ScheduleCharts.charts(NoiseSchedule.cosine(300), "own")) {
      assertEquals("own", chart.lines().getFirst().name());
      assertEquals(Look.THICK, chart.lines().getFirst().look());
      assertTrue(chart.lines().size() > 4);
      for (Line line : chart.lines()) {
        assertEquals(300, line.x().length);
      }
    }
  }

  @Test
  void ofFewTimestepsOnlyTheSchedulesAreDrawnWhoseBetasStayBelowOne() {
    List<LineChart> twenty = ScheduleCharts.charts(NoiseSchedule.cosine(20), "own");
    assertEquals(
        List.of("own", "linear", "scaled linear", "sigmoid betas"),
        twenty.get(0).lines().stream().map(Line::name).toList());
    assertEquals(
        List.of("own", "cosine", "sigmoid", "exponential", "Laplace", "log-SNR", "Karras"),
        twenty.get(1).lines().stream().map(Line::name).toList());
    List<LineChart> two = ScheduleCharts.charts(NoiseSchedule.ofBetas(0.1, 0.2), "own");
    assertEquals(3, two.size(), "no schedule of two steps is given by betas");
    two.forEach(chart -> assertEquals(7, chart.lines().size()));
    BufferedImage drawn = ScheduleCharts.of(NoiseSchedule.ofBetas(0.1, 0.2), "own").draw();
    assertEquals(600, drawn.getWidth());
  }

  @Test
  void theScheduleThatRunsAlongAnotherIsDashed() {
    List<Line> lines = ScheduleCharts.charts(null, "").get(2).lines();
    assertEquals("linear, zero terminal SNR", lines.get(1).name());
    assertEquals(Look.DASHED, lines.get(1).look());
    assertEquals(Look.PLAIN, lines.get(0).look());
  }

  @Test
  void theAxisOfBetasEndsAtThePowerOfTenBelowThem() {
    List<LineChart> charts = ScheduleCharts.charts(null, "");
    assertEquals(1e-5, charts.get(0).y().min(), 1e-12);
    assertEquals(1e-8, charts.get(1).y().min(), 1e-15);
  }
}
