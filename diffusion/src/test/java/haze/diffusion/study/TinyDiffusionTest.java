package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.study.TinyReport.Row;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TinyDiffusionTest {
  private static TinyReport report;

  @BeforeAll
  static void train() {
    report = TinyReport.train(3);
  }

  private static Row row(PlaneData data) {
    return report.rows().get(data.ordinal());
  }

  /// How far other data is from the data, as many points as samples: no sampler can do better.
  private static double distanceOfData(Row row) {
    return TinyReport.distance(row.other(), row.real());
  }

  @ParameterizedTest
  @EnumSource
  void samplesLieOnTheData(PlaneData data) {
    Row row = row(data);
    double best = distanceOfData(row);
    assertTrue(TinyReport.distance(row.ddpm().getLast(), row.real()) < 1.6 * best, report::text);
    assertTrue(TinyReport.distance(row.ddim().getLast(), row.real()) < 3 * best, report::text);
    // What sampling begins with lies far away.
    assertTrue(TinyReport.distance(row.ddpm().getFirst(), row.real()) > 15 * best, report::text);
  }

  @ParameterizedTest
  @EnumSource
  void allOfTheDataIsSampled(PlaneData data) {
    Row row = row(data);
    double best = TinyReport.distance(row.real(), row.other());
    assertTrue(TinyReport.distance(row.real(), row.ddpm().getLast()) < 1.4 * best, report::text);
    assertTrue(TinyReport.distance(row.real(), row.ddim().getLast()) < 2 * best, report::text);
  }

  @Test
  void aChainHasAllItsMomentsAndBothSamplersBeginWithTheSameNoise() {
    Row row = row(PlaneData.SWISS_ROLL);
    assertEquals(TinyDiffusion.TIMESTEPS + 1, row.ddpm().size());
    assertEquals(51, row.ddim().size());
    assertArrayEquals(row.ddpm().getFirst().toArray(), row.ddim().getFirst().toArray());
  }

  @Test
  void theNearestPointIsThatOfTheOtherSet() {
    Tensor two = Tensor.of(Shape.of(2, 2), 0, 0, 10, 0);
    Tensor one = Tensor.of(Shape.of(1, 2), 3, 4);
    assertEquals((5 + Math.hypot(7, 4)) / 2, TinyReport.distance(two, one), 1e-12);
    assertEquals(5, TinyReport.distance(one, two), 1e-12);
  }

  @ParameterizedTest
  @EnumSource
  void dataLiesWithinTwoAndHasAboutTheVarianceOfTheNoise(PlaneData data) {
    Tensor points = data.points(10_000, new Rng(1, 1, 1, 0));
    double square = 0;
    for (float coordinate : points.toArray()) {
      assertTrue(Math.abs(coordinate) < 2.1, "" + coordinate);
      square += (double) coordinate * coordinate / points.size();
    }
    assertEquals(1, square, 0.4);
  }

  @Test
  void theFigureHasARowForEachDistributionAndTheTextItsDistances() {
    String text = report.text();
    BufferedImage figure = report.figure().draw();
    assertTrue(figure.getWidth() > 1200 && figure.getHeight() > 480);
    for (String name : List.of("Swiss roll", "two moons")) {
      for (String what : List.of("other data", "DDPM", "DDIM", "noise")) {
        assertTrue(text.lines().anyMatch(l -> l.startsWith(name) && l.contains(what)));
      }
    }
  }
}
