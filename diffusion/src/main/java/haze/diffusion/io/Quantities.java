package haze.diffusion.io;

import java.math.BigDecimal;
import java.math.MathContext;

/// Numbers in sentences for people.
public final class Quantities {
  private static final double PERCENT = 100;

  /// In percent.
  private static final double LEAST = 0.01;

  private Quantities() {}

  /// {@return a number of things, such as `1 image`, `3 images`, `2 classes`}
  ///
  /// @param noun one of them
  public static String counted(long count, String noun) {
    return count + " " + (count == 1 ? noun : noun.endsWith("s") ? noun + "es" : noun + "s");
  }

  /// {@return a part of 1 in percent, with two digits and no exponent, such as `120 %`, `4.7 %`}
  ///
  /// @param part at least 0, finite
  public static String percent(double part) {
    double percent = PERCENT * part;
    return percent < LEAST
        ? "less than " + LEAST + " %"
        : new BigDecimal(percent).round(new MathContext(2)).stripTrailingZeros().toPlainString()
            + " %";
  }
}
