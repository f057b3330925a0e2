package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystematicTimestepsTest {
  private static SystematicTimesteps selection(int timesteps, int wanted) {
    return new SystematicTimesteps(
        timesteps, Math.clamp(wanted, Math.min(2, timesteps), timesteps));
  }

  @Property(tries = 300)
  void anImageIsMeasuredAtAsManyDifferentTimestepsAsWantedTheFirstAmongThem(
      @ForAll @IntRange(min = 1, max = 1500) int timesteps,
      @ForAll @IntRange(min = 1, max = 1500) int wanted,
      @ForAll int seed,
      @ForAll int image) {
    SystematicTimesteps selection = selection(timesteps, wanted);
    int[] t = selection.timesteps(seed, image);
    assertEquals(selection.measured(), t.length);
    assertEquals(1, t[0]);
    for (int k = 1; k < t.length; k++) {
      assertTrue(t[k] > t[k - 1], Arrays.toString(t));
    }
    assertTrue(t[t.length - 1] <= timesteps, Arrays.toString(t));
    assertArrayEquals(t, selection.timesteps(seed, image));
  }

  /// What makes the estimate of a sum right on average: over all shifts, a timestep is selected as
  /// often as its weight says.
  @Property(tries = 60)
  void aTimestepIsSelectedWithItsProbability(
      @ForAll @IntRange(min = 1, max = 300) int timesteps,
      @ForAll @IntRange(min = 1, max = 300) int wanted) {
    SystematicTimesteps selection = selection(timesteps, wanted);
    int shifts = 2000;
    int[] selected = new int[timesteps + 1];
    for (int i = 0; i < shifts; i++) {
      for (int t : selection.timesteps((i + 0.5) / shifts)) {
        selected[t]++;
      }
    }
    double sum = 0;
    for (int t = 1; t <= timesteps; t++) {
      assertEquals(
          selection.probability(t), (double) selected[t] / shifts, 1.01 / shifts, "t = " + t);
      sum += selection.probability(t);
    }
    assertEquals(selection.measured(), sum, 1e-9);
  }

  @Test
  void theFirstTimestepsAreCertainAndTheOthersEvenOnTheScaleOfLogarithms() {
    SystematicTimesteps selection = new SystematicTimesteps(1000, 100);
    int certain = 0;
    while (selection.probability(certain + 1) == 1) {
      certain++;
    }
    assertEquals(20, certain);
    double c = selection.probability(1000) * 1000;
    assertTrue(c > certain - 1 && c < certain + 1, "" + c);
    for (int t = certain + 1; t <= 1000; t++) {
      assertEquals(c, selection.probability(t) * t, 1e-9, "t = " + t);
    }
  }

  @Test
  void theTeethOfAnImageKeepTheirDistance() {
    for (int image = 0; image < 20; image++) {
      int[] t = new SystematicTimesteps(1000, 100).timesteps(7, image);
      for (int k = 40; k < 100; k++) {
        // A draw is 1/20.6 after the last on the scale of logarithms, but for rounding to
        // timesteps.
        assertEquals(t[k - 1] * Math.exp(1 / 20.6), t[k], 0.06 * t[k] + 1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "49, 49", "1000, 1000"})
  void allTimestepsAreCertainIfAllAreWanted(int timesteps, int measured) {
    SystematicTimesteps selection = new SystematicTimesteps(timesteps, measured);
    assertArrayEquals(IntStream.rangeClosed(1, timesteps).toArray(), selection.timesteps(3, 4));
    for (int t = 1; t <= timesteps; t++) {
      assertEquals(1, selection.probability(t));
    }
  }

  @Test
  void imagesAndSeedsHaveSelectionsOfTheirOwn() {
    SystematicTimesteps selection = new SystematicTimesteps(1000, 50);
    assertFalse(Arrays.equals(selection.timesteps(1, 1), selection.timesteps(1, 2)));
    assertFalse(Arrays.equals(selection.timesteps(1, 1), selection.timesteps(2, 1)));
  }

  @ParameterizedTest
  @CsvSource({"10, 1", "10, 0", "10, 11", "0, 0", "1, 2"})
  void anotherNumberIsRefused(int timesteps, int measured) {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new SystematicTimesteps(timesteps, measured))
            .getMessage();
    assertTrue(
        message.startsWith(
            "timesteps of the bound: " + measured + " of " + timesteps + " timesteps, expected"),
        message);
  }
}
