package haze.diffusion.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The size of images, in pixels.
///
/// @param width at least 1, at most [#MAX]
/// @param height at least 1, at most [#MAX]
public record ImageSize(int width, int height) {
  /// No image that a network here could learn is larger.
  public static final int MAX = 4096;

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})(?:[xX](\\d{1,4}))?");

  /// Checks the size.
  ///
  /// @throws IllegalArgumentException if it is out of range
  public ImageSize {
    if (width < 1 || width > MAX || height < 1 || height > MAX) {
      throw new IllegalArgumentException(
          "is " + width + "x" + height + ", expected 1x1 to " + MAX + "x" + MAX);
    }
  }

  /// {@return whether [#parse] reads a text}
  public static boolean isSize(String text) {
    Matcher size = TEXT.matcher(text);
    return size.matches()
        && isSide(size.group(1))
        && (size.group(2) == null || isSide(size.group(2)));
  }

  private static boolean isSide(String digits) {
    int side = Integer.parseInt(digits);
    return side >= 1 && side <= MAX;
  }

  /// {@return the size of a text: `N` for N x N, or `WxH`}
  ///
  /// @throws IllegalArgumentException in one line
  public static ImageSize parse(String text) {
    Matcher size = TEXT.matcher(text);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          "is '" + text + "', expected N or WxH, such as 32 or 64x48");
    }
    int width = Integer.parseInt(size.group(1));
    return new ImageSize(width, size.group(2) == null ? width : Integer.parseInt(size.group(2)));
  }

  /// {@return the text that [#parse] reads}
  @Override
  public String toString() {
    return width == height ? Integer.toString(width) : width + "x" + height;
  }
}
