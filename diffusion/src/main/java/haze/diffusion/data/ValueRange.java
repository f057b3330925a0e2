package haze.diffusion.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The values in a file that stand for black and white.
///
/// @param low black
/// @param high white, above `low`
public record ValueRange(double low, double high) {
  /// The levels of an 8-bit image.
  public static final ValueRange LEVELS = new ValueRange(0, PixelScale.MAX_LEVEL);

  /// Shares of white.
  static final ValueRange UNIT = new ValueRange(0, 1);

  /// What models work with.
  static final ValueRange SYMMETRIC = new ValueRange(-1, 1);

  private static final Pattern TEXT = Pattern.compile("([^,]+),([^,]+)");

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if they are not finite or not in order
  public ValueRange {
    if (!(low < high) || !Double.isFinite(high - low)) {
      throw new IllegalArgumentException(
          "range " + low + "," + high + ", expected two numbers, black below white");
    }
  }

  /// {@return the range of a text such as `0,1`}
  ///
  /// @throws IllegalArgumentException in one line
  public static ValueRange parse(String text) {
    Matcher numbers = TEXT.matcher(text);
    try {
      if (numbers.matches()) {
        return new ValueRange(
            Double.parseDouble(numbers.group(1).strip()),
            Double.parseDouble(numbers.group(2).strip()));
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw new IllegalArgumentException(
        "is '" + text + "', expected LOW,HIGH, such as 0,1 or -1,1 or 0,255");
  }

  /// {@return whether [#parse] reads a text}
  public static boolean isRange(String text) {
    try {
      parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// {@return the usual range that values lie in}
  ///
  /// @param name of the file, for the message
  /// @throws DataException if they lie in none
  static ValueRange of(String name, double least, double greatest) throws DataException {
    for (ValueRange usual : new ValueRange[] {UNIT, SYMMETRIC, LEVELS}) {
      if (least >= usual.low && greatest <= usual.high) {
        return usual;
      }
    }
    throw new DataException(
        name,
        "holds values from "
            + shown(least)
            + " to "
            + shown(greatest)
            + ", expected 0 to 1, -1 to 1 or 0 to 255; --range LOW,HIGH says which are black and"
            + " white");
  }

  /// {@return a value scaled to [-1, 1]}
  float scaled(double value) {
    return (float) ((value - low) / (high - low) * 2 - 1);
  }

  private static String shown(double number) {
    return Double.toString(number).replaceFirst("\\.0$", "");
  }

  /// {@return the text that [#parse] reads}
  @Override
  public String toString() {
    return shown(low) + "," + shown(high);
  }

  /// {@return such as `0 to 255`}
  String words() {
    return shown(low) + " to " + shown(high);
  }
}
