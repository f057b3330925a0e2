package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Look;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundChartTest {
  private static StoredBound bound(List<StoredBound.Term> terms) {
    return new StoredBound(
        "data",
        4,
        4,
        new Estimate(2.5e-9, 0),
        new Estimate(1.25, 0),
        new Estimate(.5, 0),
        new Estimate(1.75, 0),
        terms);
  }

  private static List<StoredBound.Term> terms(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(t -> new StoredBound.Term(t, .5 / t, .1, 4))
        .toList();
  }

  @Test
  void measuredPointsAreMarkedWithTheirErrorsAndTheFirstIsLZero() {
    Map<String, StoredBound> bounds = new LinkedHashMap<>();
    bounds.put(
        "few",
        bound(
            List.of(
                new StoredBound.Term(1, .5, .125, 4),
                new StoredBound.Term(9, .25, .5, 4),
                new StoredBound.Term(20, .125, Double.NaN, 4))));
    bounds.put("many", bound(terms(500)));
    List<LineChart.Line> lines = BoundChart.of(bounds).lines();
    assertEquals(
        List.of(Look.FAINT, Look.MARKED, Look.FAINT, Look.PLAIN, Look.POINTS),
        lines.stream().map(LineChart.Line::look).toList());
    assertEquals("few: 1.750 in all, L_0 0.500, L_T 2.5e-09", lines.get(1).name());
    assertArrayEquals(new double[] {1, 9, 20}, lines.get(1).x());
    assertArrayEquals(new double[] {.5, .25, .125}, lines.get(1).y());

    double[] bars = lines.getFirst().y();
    assertArrayEquals(new double[] {1, 1, 1, 9, 9, 9, 20, 20, 20}, lines.getFirst().x());
    assertArrayEquals(new double[] {.375, .625, Double.NaN}, firstOf(bars, 0));
    // Half a bar where the other half is below 0; none where no error is known.
    assertArrayEquals(new double[] {.25, .75, Double.NaN}, firstOf(bars, 3));
    assertArrayEquals(new double[] {.125, Double.NaN, Double.NaN}, firstOf(bars, 6));

    assertEquals("L_0, at t = 1", lines.getLast().name());
    assertArrayEquals(new double[] {1, 1}, lines.getLast().x());
    assertArrayEquals(new double[] {.5, .5}, lines.getLast().y());
  }

  private static double[] firstOf(double[] values, int from) {
    return new double[] {values[from], values[from + 1], values[from + 2]};
  }

  @Test
  void aBoundWithoutItsFirstTimestepHasNoLZeroToMark() {
    List<LineChart.Line> lines =
        BoundChart.of(Map.of("m", bound(List.of(new StoredBound.Term(2, 1, .1, 4))))).lines();
    assertEquals(List.of(Look.FAINT, Look.MARKED), lines.stream().map(l -> l.look()).toList());
  }
}
