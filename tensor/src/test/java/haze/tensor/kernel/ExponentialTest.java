package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExponentialTest {
  /// Where e^x leaves the normal floats: ln 2^-126, and ln 2^127, one binade before the largest
  /// float.
  private static final double LOWEST = -126 * Math.log(2);

  private static final double HIGHEST = 127 * Math.log(2);

  @Test
  void theErrorStaysAboutOneUnitInTheLastPlaceOverTheWholeRange() {
    int count = 1 << 20;
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) (LOWEST + 1e-5 + (HIGHEST - LOWEST - 2e-5) * i / (count - 1));
    }
    float[] y = exp(x);
    double worst = 0;
    for (int i = 0; i < count; i++) {
      double exact = Math.exp(x[i]);
      worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
    }
    assertTrue(worst < 1.5, "error of " + worst + " units in the last place");
  }

  @Test
  void smallArgumentsKeepTheirDigits() {
    for (float x = 0x1p-30f; x < 1; x *= 1.37f) {
      assertEquals(Math.exp(x), exp(x)[0], 2 * Math.ulp(1f));
      assertEquals(Math.exp(-x), exp(-x)[0], 2 * Math.ulp(0.5f));
    }
    assertEquals(1, exp(0)[0]);
    assertEquals(1, exp(-0f)[0]);
  }

  @Test
  void beyondTheRangeTheResultStaysAtItsEnds() {
    assertEquals(0x1p-126f, exp(-87.4f)[0], 1e-5 * 0x1p-126f);
    assertEquals(exp(-87.4f)[0], exp(-1e30f)[0]);
    assertEquals(exp(-87.4f)[0], exp(Float.NEGATIVE_INFINITY)[0]);
    assertEquals(0x1p127f, exp(88.1f)[0], 1e-5 * 0x1p127f);
    assertEquals(exp(88.1f)[0], exp(1e30f)[0]);
    assertEquals(exp(88.1f)[0], exp(Float.POSITIVE_INFINITY)[0]);
  }

  @Test
  void whatIsNotANumberStaysSo() {
    assertTrue(Float.isNaN(exp(Float.NaN)[0]));
  }

  @Test
  void everyLengthIsComputedToItsEndAndNoFurther() {
    for (int n = 0; n <= 50; n++) {
      float[] x = new float[n + 2];
      float[] y = new float[n + 2];
      java.util.Arrays.fill(x, 1);
      Activations.exp(n, x, 1, y, 1);
      for (int i = 0; i < n + 2; i++) {
        assertEquals(i >= 1 && i <= n ? Math.E : 0, y[i], 1e-6);
      }
    }
  }

  @Test
  void theSigmoidsErrorIsAFewUnitsInTheLastPlaceOverItsRange() {
    double worst = 0;
    for (float z = -87; z < 87; z += 0x1p-10f) {
      double exact = 1 / (1 + Math.exp(-z));
      worst = Math.max(worst, Math.abs(sigmoid(z) - exact) / exact);
    }
    assertTrue(worst < 5e-7, "relative error of " + worst);
    worst = 0;
    for (float z = -8; z < 8; z += 0x1p-14f) {
      double exact = 1 / (1 + Math.exp(-z));
      worst = Math.max(worst, Math.abs(sigmoid(z) - exact) / exact);
    }
    assertTrue(worst < 2e-7, "relative error of " + worst);
    assertEquals(0.5f, sigmoid(0));
    assertEquals(0.5f, sigmoid(-0f));
  }

  @Test
  void beyondItsRangeTheSigmoidStaysAtItsEnds() {
    for (float z : new float[] {90, 1e30f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      assertEquals(1, sigmoid(z));
      assertEquals(sigmoid(-88.1f), sigmoid(-z));
    }
    assertEquals(0x1p-127f, sigmoid(-88.1f), 0x1p-144f);
  }

  private static float sigmoid(float z) {
    float[] y = new float[Lanes.COUNT];
    Exponential.sigmoid(FloatVector.broadcast(Lanes.SPECIES, z)).intoArray(y, 0);
    return y[0];
  }

  private static float[] exp(float... x) {
    float[] y = new float[x.length];
    Activations.exp(x.length, x, 0, y, 0);
    return y;
  }
}
