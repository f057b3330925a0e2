package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.study.ChainReport.Share;
import org.junit.jupiter.api.Test;

class ChainReportTest {
  @Test
  void daysAfterRainAreCountedByWhatCameBeforeIt() {
    // 0 sunny, 1 cloudy, 2 rainy; the rainy days with a day before and after are 1, 3, 4 and 7.
    ChainReport report = new ChainReport(0, 2, 0, 2, 2, 1, 1, 2, 0, 2);
    assertEquals(new Share(1, 2), report.sunnyAfterRain(0));
    assertEquals(new Share(1, 1), report.sunnyAfterRain(1));
    assertEquals(new Share(0, 1), report.sunnyAfterRain(2));
    assertEquals(new Share(2, 4), report.sunnyAfterRain(-1));
    assertEquals(0.5, report.sunnyAfterRain(-1).value());
    assertEquals(0.25, report.sunnyAfterRain(-1).error());
  }

  @Test
  void theFirstDayWhichWasChosenDoesNotCountAsObserved() {
    ChainReport report = new ChainReport(0, 2, 0, 2, 1);
    assertEquals(0.25, report.frequency(0));
    assertEquals(0.25, report.frequency(1));
    assertEquals(0.5, report.frequency(2));
  }

  @Test
  void manyDaysShowTheStationaryDistributionAndNoMemory() {
    ChainReport report = ChainReport.simulate(100_000, 3);
    double[] distribution = {6.0 / 13, 4.0 / 13, 3.0 / 13};
    for (int state = 0; state < distribution.length; state++) {
      // Neighbouring days are alike: the error is larger than that of independent ones, some
      // 0.0016.
      assertEquals(distribution[state], report.frequency(state), 0.01);
      Share share = report.sunnyAfterRain(state);
      assertEquals(0.2, share.value(), 5 * share.error());
      assertTrue(share.days() > 4000);
    }
  }

  @Test
  void theTextHasTheDistributionsOfTheDays() {
    String text = ChainReport.simulate(1000, 0).text();
    // The square of the matrix.
    assertTrue(text.contains("2    0.570    0.260    0.170    0.340    0.360    0.300"), text);
    assertTrue(text.contains("0.462    0.308    0.231"), text);
    assertTrue(text.contains("Observed on 1000 simulated days:"), text);
  }

  @Test
  void fewDaysWithoutRainHaveNoShare() {
    String text = new ChainReport(0, 0).text();
    assertTrue(text.contains("any        -        -        0        0"), text);
  }

  @Test
  void theChartsLinesRunFromTheFirstDayToTheStationaryDistribution() {
    LineChart chart = ChainReport.chart();
    double[] stationary = ChainReport.WEATHER.stationary();
    double[] first = {1, 0, 0, 0, 0, 1};
    for (int i = 0; i < 6; i++) {
      Line line = chart.lines().get(i + 1);
      assertEquals(first[i], line.y()[0], line.name());
      assertEquals(stationary[i % 3], line.y()[line.y().length - 1], 1e-3, line.name());
      assertEquals(i % 3, line.colour(), "the colour is the weather that is expected");
      assertEquals(i < 3 ? Look.PLAIN : Look.DASHED, line.look(), "dashes are rain today");
    }
  }
}
