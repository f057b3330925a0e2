package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChartsTest {
  private static final int SUITE = 12;

  @Test
  void noTwoSeriesOfTheSuiteShareAColourAndNoTwoAtAllColourAndMarker() {
    Set<Object> colours = new HashSet<>();
    Set<Object> looks = new HashSet<>();
    for (int series = 0; series < 5 * SUITE; series++) {
      colours.add(Charts.colour(series));
      assertEquals(Math.min(series + 1, SUITE), colours.size());
      assertTrue(looks.add(List.of(Charts.colour(series), Charts.marker(series))));
    }
  }

  private static Result result(String source, String method, String shape, double seconds) {
    return new Result(
        source,
        "GemmBenchmark." + method,
        Map.of("shape", shape),
        seconds,
        Double.NaN,
        Double.NaN,
        Set.of(),
        Origin.UNKNOWN);
  }

  /// A peer's chart grows with kernels, not with their sizes.
  @Test
  void allSizesOfAKernelStandOnOneLine() {
    List<Result> results = new ArrayList<>();
    for (int size = 1; size <= 20; size++) {
      results.add(result("haze", "plain", size + "x1x1", 1));
      results.add(result("pytorch", "plain", size + "x1x1", size));
    }
    List<Result> one = results.subList(0, 2);
    assertEquals(height(one), height(results));
  }

  private static int height(List<Result> results) {
    List<Row> rows = Row.of(results);
    return Charts.draw(rows, Roofs.of(results), Optional.empty())
        .get(Charts.TIMES_PEERS)
        .getHeight();
  }

  @Test
  void theMedianIsTheMiddleOrTheMeanOfBothMiddles() {
    assertEquals(2, RatioChart.median(new double[] {1, 2, 9}));
    assertEquals(3, RatioChart.median(new double[] {1, 2, 4, 9}));
  }

  @Test
  void ticksAreWrittenWithoutAnExponent() {
    assertEquals("0.1", Charts.tick(0.1));
    assertEquals("0.5", Charts.tick(5 * Math.pow(10, -1)));
    assertEquals("1", Charts.tick(1));
    assertEquals("1000", Charts.tick(1e3));
  }
}
