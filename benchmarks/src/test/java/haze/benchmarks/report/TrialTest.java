package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrialTest {
  private static final double SMALL_ERROR = 0.05;

  private static Trial kernel(int forks, int iterations, double warmUp, Double... raw) {
    return new Trial(forks, iterations, warmUp, false, List.of(raw));
  }

  @Test
  void theSuitesOwnSettingsRaiseNoDoubt() {
    assertEquals(Set.of(), kernel(2, 5, 7 * 0.25).doubts(SMALL_ERROR, true));
    assertEquals(Set.of(), new Trial(2, 15, 30 * 0.4, true, List.of()).doubts(0.2, true));
  }

  @Test
  void aQuickLookIsMarkedInEveryRespect() {
    assertEquals(
        EnumSet.of(Doubt.ONE_ITERATION, Doubt.ONE_FORK, Doubt.COLD),
        kernel(1, 1, 0.25).doubts(Double.NaN, true));
    assertEquals(
        EnumSet.of(Doubt.ONE_ITERATION, Doubt.ONE_FORK), kernel(0, 1, 2).doubts(Double.NaN, true));
  }

  @Test
  void anErrorOfMoreThanAFifthIsWide() {
    assertEquals(EnumSet.of(Doubt.WIDE), kernel(2, 5, 2).doubts(0.21, true));
  }

  @Test
  void wholeStepsNeedALongerWarmUp() {
    assertEquals(
        EnumSet.of(Doubt.COLD), new Trial(2, 10, 4.9, true, List.of()).doubts(SMALL_ERROR, true));
  }

  @Test
  void iterationsThatStillFallAreCold() {
    assertEquals(
        EnumSet.of(Doubt.COLD),
        kernel(2, 3, 2, 9.0, 8.0, 7.0, 13.0, 11.0, 10.0).doubts(SMALL_ERROR, true));
    assertEquals(Set.of(), kernel(2, 3, 2, 9.0, 8.0, 7.0, 9.0, 7.0, 8.0).doubts(SMALL_ERROR, true));
    assertEquals(Set.of(), kernel(2, 3, 2, 9.0, 8.9, 8.8, 9.0, 8.9, 8.8).doubts(SMALL_ERROR, true));
  }

  @Test
  void whatNoJitCompilesIsNeverCold() {
    assertEquals(Set.of(), kernel(2, 3, 0).doubts(SMALL_ERROR, false));
  }

  @Test
  void whatIsUnknownIsNoDoubt() {
    assertEquals(
        Set.of(), kernel(Trial.UNKNOWN, Trial.UNKNOWN, Double.NaN).doubts(Double.NaN, true));
  }
}
