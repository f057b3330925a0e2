package haze.diffusion.study.book;

import java.util.Locale;

/// How far a number may be from what is stated of it, and why it is not nearer.
///
/// @param size the largest difference, at least 0
/// @param reason what makes the difference, such as "rounding"
public record Tolerance(double size, String reason) {
  /// A statement about the mean of draws from a fixed stream of random numbers is true once and for
  /// all. Should the stream change, one in 16,000 such statements fails though it is right.
  private static final double STANDARD_ERRORS = 4;

  /// A double has 15 digits, and sums lose a few.
  private static final double OF_DOUBLES = 1e-12;

  /// A float has 7 digits.
  private static final double OF_FLOATS = 1e-6;

  /// The numbers are equal: counts, or results that are not rounded.
  public static final Tolerance EXACT = new Tolerance(0, "exactly");

  /// The numbers differ by the rounding of sums of doubles of size 1.
  public static final Tolerance DOUBLES = new Tolerance(OF_DOUBLES, "rounding of doubles");

  /// The numbers differ by the rounding of floats of size 1.
  public static final Tolerance FLOATS = new Tolerance(OF_FLOATS, "rounding of floats");

  /// The text has so many digits after the point.
  public static Tolerance digits(int decimals) {
    return new Tolerance(
        0.5 * Math.pow(10, -decimals), "the text has " + decimals + " digits after the point");
  }

  /// Four standard errors of a mean of independent draws.
  ///
  /// @param deviation the standard deviation of a draw
  /// @param draws how many there are
  public static Tolerance ofMean(double deviation, int draws) {
    return new Tolerance(
        STANDARD_ERRORS * deviation / Math.sqrt(draws),
        String.format(Locale.ROOT, "four standard errors of %,d draws", draws));
  }

  /// Four standard errors of the share of independent draws of which something is true.
  ///
  /// @param probability the probability of it
  /// @param draws how many there are
  public static Tolerance ofShare(double probability, int draws) {
    return ofMean(Math.sqrt(probability * (1 - probability)), draws);
  }
}
