package haze.diffusion.study.book;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Numbers as the book writes them.
final class Numbers {
  private static final MathContext SIX_DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);
  private static final MathContext TWO_DIGITS = new MathContext(2, RoundingMode.HALF_EVEN);
  private static final double SMALL = 1e-4;
  private static final double LARGE = 1e7;

  private Numbers() {}

  /// {@return a number with six digits, fewer if the others are zeros}
  static String text(double value) {
    return text(value, SIX_DIGITS);
  }

  /// {@return a number with two digits}
  static String roughly(double value) {
    return text(value, TWO_DIGITS);
  }

  private static String text(double value, MathContext digits) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(digits).stripTrailingZeros();
    double size = Math.abs(value);
    if (size >= SMALL && size < LARGE) {
      return rounded.toPlainString();
    }
    int exponent = rounded.precision() - rounded.scale() - 1;
    return rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
  }
}
