package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Look;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrainingChartsTest {
  private static Metrics metrics(double... losses) {
    double[] steps = new double[losses.length];
    Arrays.setAll(steps, i -> i + 1);
    return new Metrics(steps, losses, losses, losses, losses, new double[0]);
  }

  @Test
  void aLossIsDrawnRawAndSmoothAndOnALogarithmicAxisIfItFallsFar() {
    List<LineChart> charts = TrainingCharts.charts(metrics(1, 0.5, 0.1, 0.05));
    assertEquals(3, charts.size());
    assertTrue(charts.getFirst().y().logarithmic());
    assertEquals(Look.FAINT, charts.getFirst().lines().getFirst().look());
    assertFalse(TrainingCharts.charts(metrics(1, 0.9)).getFirst().y().logarithmic());
    assertFalse(TrainingCharts.charts(metrics(1, 0)).getFirst().y().logarithmic());
    assertFalse(charts.get(2).y().logarithmic());
  }

  @Test
  void smoothingIsTheMeanOfWhatIsInReach() {
    double[] values = {1, 2, 6, 7, 9};
    assertArrayEquals(values, TrainingCharts.smooth(values, 1), 1e-12);
    assertArrayEquals(new double[] {1, 3, 5, 22 / 3.0, 8}, TrainingCharts.smooth(values, 3), 1e-12);
    assertArrayEquals(new double[] {1, 3, 5, 5, 5}, TrainingCharts.smooth(values, 100), 1e-12);
  }

  @Test
  void theMeanOfALineThatFallsIsThatLine() {
    double[] line = IntStream.range(0, 100).mapToDouble(i -> 50 - 0.5 * i).toArray();
    double[] smooth = TrainingCharts.smooth(line, 21);
    // Windows that end with the values lag there.
    assertArrayEquals(Arrays.copyOf(line, 90), Arrays.copyOf(smooth, 90), 1e-9);
  }
}
