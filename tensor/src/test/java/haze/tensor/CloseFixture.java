package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;

/// Comparisons of float32 results with double ones.
public final class CloseFixture {
  private CloseFixture() {}

  /// The error of a sum of products in float32, relative to its size: every addition rounds by up
  /// to 2^-24 of what has been summed so far, and the roundings add up as a random walk does.
  public static double sumBound(int terms) {
    return (4 + 1.5 * Math.sqrt(terms)) * 0x1p-24;
  }

  /// The largest absolute value, at least `least`: what an error is relative to. Rounding errors of
  /// a sum have the size of its terms, so the smallest of results that cancelled says nothing.
  public static double scale(double[] values, double least) {
    return Arrays.stream(values).map(Math::abs).reduce(least, Math::max);
  }

  /// The root of the largest of some sums of squares: the size of a sum whose terms have random
  /// signs, also where the few sums of a small result happen to be near 0.
  public static double root(double[] sumsOfSquares) {
    return Math.sqrt(scale(sumsOfSquares, 0));
  }

  /// Squares.
  public static double[] squares(double[] values) {
    return Arrays.stream(values).map(v -> v * v).toArray();
  }

  /// Fails where `actual` differs from `expected` by more than `bound * scale`, and for every NaN.
  public static void assertClose(double[] expected, Tensor actual, double bound, double scale) {
    assertEquals(expected.length, actual.size(), "number of elements");
    for (int i = 0; i < expected.length; i++) {
      double value = actual.data()[actual.offset() + i];
      // Written so that NaN fails.
      if (!(Math.abs(value - expected[i]) <= bound * scale)) {
        fail(
            "element "
                + i
                + " of "
                + actual.shape()
                + ": expected "
                + expected[i]
                + ", was "
                + value
                + ", error "
                + Math.abs(value - expected[i]) / scale
                + " of the scale");
      }
    }
  }
}
