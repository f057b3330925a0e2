package haze.nn.optim;

import haze.nn.LinearSystem;
import java.util.Arrays;
import java.util.List;

/// How much an average over training weighs the weights of each moment, as a density over the time
/// t in steps (Karras et al. 2024, "Analyzing and Improving the Training Dynamics of Diffusion
/// Models", section 3.1):
///
/// ```
/// p(t) = (exponent + 1) t^exponent / end^(exponent + 1),   0 <= t <= end
/// ```
///
/// An [Ema] with [EmaDecay.PowerFunction] is that average: it gives the weights of step k the
/// integral of p from k - 1 to k.
///
/// Averages of a few profiles, stored now and then, are enough to make one of another profile when
/// training is over (section 3.2, "post-hoc EMA"): [#coefficients] are the linear combination of
/// the stored profiles that is closest to it.
///
/// @param exponent the paper's gamma, at least 0
/// @param end the step that the average was taken at, above 0
public record EmaProfile(double exponent, double end) {
  /// The length of exponent 0, where all moments weigh the same, is `1 / sqrt(12) = 0.2887`.
  public static final double GREATEST_LENGTH = 0.28;

  /// The least length for [#exponent].
  public static final double LEAST_LENGTH = 0.001;

  private static final double GREATEST_EXPONENT = 1 / LEAST_LENGTH;

  /// Halvings of an interval after which a double has no more digits.
  private static final int HALVINGS = 100;

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of range
  public EmaProfile {
    Checks.notNegative("ema profile: exponent", exponent);
    if (!(end > 0 && end < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("ema profile: expected an end above 0, not " + end);
    }
  }

  /// {@return the length of an average, the standard deviation of its profile as a part of the
  /// training so far, the paper's `sigma_rel` (section 3.1)}
  ///
  /// ```
  /// length = sqrt(exponent + 1) / ((exponent + 2) sqrt(exponent + 3))
  /// ```
  ///
  /// @param exponent at least 0
  public static double length(double exponent) {
    return Math.sqrt(exponent + 1) / ((exponent + 2) * Math.sqrt(exponent + 3));
  }

  /// {@return the exponent of a length}
  ///
  /// @param length from [#LEAST_LENGTH] to [#GREATEST_LENGTH]
  /// @throws IllegalArgumentException if it is out of range
  public static double exponent(double length) {
    if (!(length >= LEAST_LENGTH && length <= GREATEST_LENGTH)) {
      throw new IllegalArgumentException(
          "ema profile: expected a length from "
              + LEAST_LENGTH
              + " to "
              + GREATEST_LENGTH
              + ", not "
              + length);
    }
    // The length falls with the exponent.
    double low = 0;
    double high = GREATEST_EXPONENT;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (length(middle) > length) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  /// {@return the integral of the product of two profiles}
  ///
  /// ```
  /// (a + 1)(b + 1) / (a + b + 1)  s^b / e^(b + 1)      a, s: exponent and end of the one that ends
  ///                                                    first; b, e: of the other
  /// ```
  public double dot(EmaProfile other) {
    if (end > other.end) {
      return other.dot(this);
    }
    return (exponent + 1)
        * (other.exponent + 1)
        / (exponent + other.exponent + 1)
        * StrictMath.pow(end / other.end, other.exponent)
        / other.end;
  }

  /// {@return the factors of stored averages whose sum is closest to the average of this profile:
  /// least squares of the profiles, by the normal equations, under the condition that the factors
  /// add up to 1, so that weights that never moved come out as they are}
  ///
  /// @param stored the profiles of the averages, at least one, no two the same
  /// @throws IllegalArgumentException if there is none, or two are the same
  public double[] coefficients(List<EmaProfile> stored) {
    int n = stored.size();
    if (n == 0 || stored.stream().distinct().count() < n) {
      throw new IllegalArgumentException("ema profile: expected stored profiles, no two the same");
    }
    // The last row and column are those of the condition and its Lagrange multiplier.
    double[][] rows = new double[n + 1][n + 2];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = stored.get(i).dot(stored.get(j));
      }
      rows[i][n] = 1;
      rows[n][i] = 1;
      rows[i][n + 1] = stored.get(i).dot(this);
    }
    rows[n][n + 1] = 1;
    return Arrays.copyOf(LinearSystem.solve(rows), n);
  }

  /// {@return how far a linear combination of stored profiles is from this one: the root of the
  /// integral of the squared difference, as a part of that of this one's square}
  ///
  /// @param stored the profiles
  /// @param coefficients of each
  public double distance(List<EmaProfile> stored, double... coefficients) {
    double squares = dot(this);
    for (int i = 0; i < coefficients.length; i++) {
      squares -= 2 * coefficients[i] * stored.get(i).dot(this);
      for (int j = 0; j < coefficients.length; j++) {
        squares += coefficients[i] * coefficients[j] * stored.get(i).dot(stored.get(j));
      }
    }
    return Math.sqrt(Math.max(0, squares) / dot(this));
  }
}
