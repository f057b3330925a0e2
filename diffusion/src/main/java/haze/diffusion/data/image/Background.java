package haze.diffusion.data.image;

import java.util.Locale;

/// The colour behind transparent pixels.
///
/// @param red 0 to 255
/// @param green 0 to 255
/// @param blue 0 to 255
public record Background(int red, int green, int blue) {
  public static final Background BLACK = new Background(0, 0, 0);

  public static final Background WHITE = new Background(255, 255, 255);

  /// White, as the page on which a viewer or a browser shows an image.
  public static final Background DEFAULT = WHITE;

  /// What [#parse] understands, for help and messages.
  public static final String FORMS = "black, white or #rrggbb";

  private static final int MAX = 255;
  private static final int HEX = 16;

  /// Checks the levels.
  ///
  /// @throws IllegalArgumentException if one is not within 0 to 255
  public Background {
    if (red < 0 || red > MAX || green < 0 || green > MAX || blue < 0 || blue > MAX) {
      throw new IllegalArgumentException(
          "background " + red + ", " + green + ", " + blue + ", expected 0 to " + MAX);
    }
  }

  /// Reads a colour in one of [#FORMS], in upper or lower case.
  ///
  /// @throws IllegalArgumentException in one line, if it is something else
  public static Background parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "black" -> BLACK;
      case "white" -> WHITE;
      case String hex when hex.matches("#[0-9a-f]{6}") -> {
        int rgb = Integer.parseInt(hex, 1, hex.length(), HEX);
        yield new Background(rgb >> (2 * Byte.SIZE), (rgb >> Byte.SIZE) & MAX, rgb & MAX);
      }
      default -> throw new IllegalArgumentException("'" + text + "' is not " + FORMS);
    };
  }

  boolean isGrey() {
    return red == green && green == blue;
  }

  /// {@return the level of a channel of grey or of red, green and blue}
  int level(int channel) {
    return channel == 0 ? red : channel == 1 ? green : blue;
  }
}
