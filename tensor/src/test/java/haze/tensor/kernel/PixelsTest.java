package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.CloseFixture;
import haze.tensor.SamplesFixture;
import java.util.Arrays;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Every loop over pixels against the formula in its documentation, for channels that are a part of
/// a vector, whole vectors, and several with a rest; what lies around the result is NaN and stays
/// so.
class PixelsTest {
  private static final int BEFORE = 3;
  private static final int BEHIND = 70;

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void aSumRunsOverThePixels(
      @ForAll @IntRange(max = 9) int pixels,
      @ForAll @IntRange(max = 70) int channels,
      @ForAll long seed) {
    float[] x = image(pixels * channels, seed);
    float[] sum = dirty(channels);
    Pixels.sum(pixels, channels, x, BEFORE, sum, BEFORE);
    check(
        sum,
        channels,
        c -> {
          double expected = 0;
          for (int p = 0; p < pixels; p++) {
            expected += x[BEFORE + p * channels + c];
          }
          return expected;
        },
        9 * CloseFixture.sumBound(9));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void everyPixelGetsTheSameVector(
      @ForAll @IntRange(max = 9) int pixels,
      @ForAll @IntRange(max = 70) int channels,
      @ForAll long seed) {
    float[] before = image(pixels * channels, seed);
    float[] shift = image(channels, seed + 1);
    float[] x = before.clone();
    Pixels.add(pixels, channels, shift, BEFORE, x, BEFORE);
    check(x, pixels * channels, i -> before[BEFORE + i] + shift[BEFORE + i % channels], 0);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void twoRowsBecomeOneOfHalfTheWidth(
      @ForAll @IntRange(max = 5) int pixels,
      @ForAll @IntRange(max = 70) int channels,
      @ForAll long seed) {
    int row = 2 * pixels * channels;
    float[] x = image(2 * row, seed);
    float[] y = dirty(pixels * channels);
    Pixels.halve(pixels, channels, 0.3f, x, BEFORE, BEFORE + row, y, BEFORE);
    check(
        y,
        pixels * channels,
        i -> {
          int first = BEFORE + i / channels * 2 * channels + i % channels;
          return 0.3f
              * ((double) x[first]
                  + x[first + channels]
                  + x[first + row]
                  + x[first + row + channels]);
        },
        4 * CloseFixture.sumBound(4));
  }

  interface Expected {
    double at(int i);
  }

  /// Compares; errors are absolute: at most 9 numbers below 1 make a sum below 9.
  private static void check(float[] actual, int length, Expected expected, double error) {
    for (int i = 0; i < actual.length - BEFORE; i++) {
      double e = i < length ? expected.at(i) : Double.NaN;
      if (error == 0) {
        assertEquals((float) e, actual[BEFORE + i], "element " + i);
      } else {
        assertEquals(e, actual[BEFORE + i], error, "element " + i);
      }
    }
    for (int i = 0; i < BEFORE; i++) {
      assertEquals(Float.NaN, actual[i]);
    }
  }

  private static float[] image(int length, long seed) {
    float[] x = dirty(length);
    System.arraycopy(
        new SamplesFixture(seed).uniform(-1, 1, haze.tensor.Shape.of(length)).toArray(),
        0,
        x,
        BEFORE,
        length);
    return x;
  }

  private static float[] dirty(int length) {
    float[] x = new float[BEFORE + length + BEHIND];
    Arrays.fill(x, Float.NaN);
    return x;
  }
}
