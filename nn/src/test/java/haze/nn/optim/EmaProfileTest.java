package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class EmaProfileTest {
  private static final int STEPS = 2400;
  private static final int EVERY = 48;
  private static final double[] STORED = {EmaProfile.exponent(0.05), EmaProfile.exponent(0.10)};

  /// Weights as functions of the step: periodic, falling, rising, and a sign that jumps.
  private static float[] weights(int step) {
    return new float[] {
      (float) Math.sin(step / 50.0),
      (float) Math.exp(-step / 400.0),
      (float) Math.sqrt((double) step / STEPS),
      step * 7 % 11 < 5 ? -1 : 1
    };
  }

  /// The average by its definition: step k weighs the integral of the profile from k - 1 to k.
  private static double[] average(EmaProfile profile) {
    double[] sum = new double[weights(1).length];
    double power = profile.exponent() + 1;
    for (int k = 1; k <= profile.end(); k++) {
      double weight = Math.pow(k / profile.end(), power) - Math.pow((k - 1) / profile.end(), power);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weight * weights(k)[i];
      }
    }
    return sum;
  }

  /// gamma = 6.94 and 16.97 for 0.10 and 0.05 are the paper's numbers.
  @Test
  void exponentsOfLengthsAreThoseOfThePaper() {
    assertEquals(16.97, EmaProfile.exponent(0.05), 0.005);
    assertEquals(6.94, EmaProfile.exponent(0.10), 0.005);
    assertEquals(1 / Math.sqrt(12), EmaProfile.length(0), 1e-15);
    for (double length : new double[] {0.001, 0.03, 0.2, 0.28}) {
      assertEquals(length, EmaProfile.length(EmaProfile.exponent(length)), 1e-14);
    }
    for (double wrong : new double[] {0, 0.0009, 0.29, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> EmaProfile.exponent(wrong));
    }
  }

  @Test
  void theMovingAverageIsThatOfItsProfile() {
    for (double exponent : STORED) {
      Ema ema = new Ema(new float[] {9, 9, 9, 9}, new EmaDecay.PowerFunction(exponent));
      for (int step = 1; step <= STEPS; step++) {
        ema.update(weights(step), step, 0, 4);
        if (step == 1 || step == 7 || step == STEPS) {
          double[] expected = average(new EmaProfile(exponent, step));
          for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], ema.average()[i], 2e-6);
          }
        }
      }
    }
  }

  /// The integral as a sum over 100,000 intervals.
  @Property(tries = 20)
  void theProductOfTwoProfilesIsItsIntegral(
      @ForAll @DoubleRange(min = 0.5, max = 20) double a,
      @ForAll @DoubleRange(min = 0.5, max = 20) double b,
      @ForAll @DoubleRange(min = 10, max = 20) double s,
      @ForAll @DoubleRange(min = 10, max = 20) double e) {
    double end = Math.min(s, e);
    int parts = 100_000;
    double sum = 0;
    for (int k = 0; k < parts; k++) {
      double t = (k + 0.5) * end / parts;
      sum += (a + 1) / s * Math.pow(t / s, a) * (b + 1) / e * Math.pow(t / e, b) * end / parts;
    }
    EmaProfile one = new EmaProfile(a, s);
    EmaProfile other = new EmaProfile(b, e);
    assertEquals(sum, one.dot(other), 1e-6 * sum);
    assertEquals(one.dot(other), other.dot(one));
  }

  /// From snapshots of lengths 0.05 and 0.10 every fiftieth of the training: weights of size 1 come
  /// out to 2e-5 for lengths up to 0.15, and to 3e-4 for 0.2.
  @Test
  void anAverageOfAnotherLengthIsMadeOfSnapshots() {
    List<EmaProfile> stored = new ArrayList<>();
    List<float[]> snapshots = new ArrayList<>();
    for (double exponent : STORED) {
      Ema ema = new Ema(weights(1), new EmaDecay.PowerFunction(exponent));
      for (int step = 1; step <= STEPS; step++) {
        ema.update(weights(step), step, 0, 4);
        if (step % EVERY == 0) {
          stored.add(new EmaProfile(exponent, step));
          snapshots.add(ema.average().clone());
        }
      }
    }
    double[][] lengths = {{0.05, 2e-6}, {0.07, 2e-5}, {0.12, 2e-5}, {0.15, 2e-5}, {0.2, 3e-4}};
    for (double[] row : lengths) {
      EmaProfile wanted = new EmaProfile(EmaProfile.exponent(row[0]), STEPS);
      double[] coefficients = wanted.coefficients(stored);
      double[] expected = average(wanted);
      double distance = wanted.distance(stored, coefficients);
      // Cauchy and Schwarz: no error is larger than this, whatever the weights did.
      double bound = distance * Math.sqrt(wanted.dot(wanted) * STEPS);
      for (int i = 0; i < expected.length; i++) {
        double sum = 0;
        for (int k = 0; k < coefficients.length; k++) {
          sum += coefficients[k] * snapshots.get(k)[i];
        }
        assertEquals(expected[i], sum, row[1], "length " + row[0] + ", weight " + i);
        assertTrue(Math.abs(expected[i] - sum) <= bound + 2e-6, "length " + row[0]);
      }
    }
  }

  @Test
  void aStoredProfileIsItself() {
    List<EmaProfile> stored = List.of(new EmaProfile(2, 10), new EmaProfile(3, 20));
    assertArrayEquals(new double[] {0, 1}, stored.get(1).coefficients(stored), 1e-12);
    assertEquals(0, stored.get(1).distance(stored, 0, 1), 1e-7);
    assertEquals(1, stored.get(1).distance(List.of()));
    double[] some = new EmaProfile(1, 20).coefficients(stored);
    assertEquals(1, some[0] + some[1], 1e-12);
    EmaProfile twice = new EmaProfile(2, 10);
    assertThrows(IllegalArgumentException.class, () -> twice.coefficients(List.of(twice, twice)));
    assertThrows(IllegalArgumentException.class, () -> twice.coefficients(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new EmaProfile(-1, 10));
    assertThrows(IllegalArgumentException.class, () -> new EmaProfile(1, 0));
  }
}
