package haze.diffusion.figure;

import haze.diffusion.figure.LineChart.Axis;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.function.Function;

/// The numbers along an axis.
final class Ticks {
  /// Powers of ten outside are written as such.
  private static final int FIRST_LARGE_POWER = 5;

  private static final int FIRST_PLAIN_POWER = -3;

  /// Keeps a power of ten from falling below itself.
  private static final double ROUNDING = 1e-9;

  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private Ticks() {}

  /// How the ticks of an axis are labelled. The ticks of a logarithmic one are 1, 2, .. 9 times a
  /// power of ten: those that are labelled depend on how many there are.
  ///
  /// @param ends where the axis begins and ends
  static Function<Double, String> labels(Axis axis, double[] ends) {
    if (!axis.logarithmic()) {
      return Ticks::tick;
    }
    double powers = Math.log10(ends[1] / ends[0]);
    return value -> {
      long factor = Math.round(value / Math.pow(10, Math.floor(Math.log10(value) + ROUNDING)));
      boolean labelled = factor == 1 || powers < 1 || (powers < 2 && (factor == 2 || factor == 5));
      return labelled ? tick(value) : " ";
    };
  }

  /// A number beside its tick: `0.25`, `1000`, `10⁻⁶`.
  static String tick(double value) {
    double power = Math.log10(Math.abs(value));
    if (value != 0 && (power >= FIRST_LARGE_POWER || power < FIRST_PLAIN_POWER - ROUNDING)) {
      int whole = (int) Math.floor(power + ROUNDING);
      String factor = digits(value / Math.pow(10, whole));
      String ten =
          "10"
              + (whole < 0 ? "⁻" : "")
              + Integer.toString(Math.abs(whole))
                  .chars()
                  .mapToObj(c -> SUPERSCRIPTS.substring(c - '0', c - '0' + 1))
                  .reduce("", String::concat);
      return factor.equals("1") ? ten : factor + "·" + ten;
    }
    return digits(value);
  }

  private static String digits(double value) {
    return new DecimalFormat("0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value);
  }
}
