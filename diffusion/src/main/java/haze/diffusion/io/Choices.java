package haze.diffusion.io;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Names of which one is to be chosen, and what a person meant who wrote none of them.
public final class Choices {
  private Choices() {}

  /// {@return what a value should have been, such as `one of ddpm, ddim, did you mean ddim?`}
  ///
  /// @param names all there are
  public static String expected(String value, Collection<String> names) {
    return "one of "
        + String.join(", ", names)
        + similar(value, names).map(name -> ", did you mean " + name + "?").orElse("");
  }

  /// {@return the name that differs least from a value, in at most a third of its letters or one}
  public static Optional<String> similar(String value, Collection<String> names) {
    String wanted = value.toLowerCase(Locale.ROOT);
    return names.stream()
        .filter(
            name ->
                distance(wanted, name.toLowerCase(Locale.ROOT)) <= Math.max(1, name.length() / 3))
        .min(Comparator.comparingInt(name -> distance(wanted, name.toLowerCase(Locale.ROOT))));
  }

  /// {@return how many letters have to be put in, left out, replaced, or exchanged with the next
  /// one to make one text from another}
  private static int distance(String from, String to) {
    int[][] d = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean exchanged =
            i > 1
                && j > 1
                && from.charAt(i - 1) == to.charAt(j - 2)
                && from.charAt(i - 2) == to.charAt(j - 1);
        if (exchanged) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[from.length()][to.length()];
  }
}
