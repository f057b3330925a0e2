package haze.nn.unet;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Height and width of images in pixels.
public record ImageSize(int height, int width) {
  /// At most 99,999 pixels a side.
  private static final Pattern TEXT =
      Pattern.compile("([1-9]\\d{0,4})(?:\\s*[xX]\\s*([1-9]\\d{0,4}))?");

  /// @throws IllegalArgumentException if one is less than 1
  public ImageSize {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "u-net: sample_size is [" + height + ", " + width + "], expected at least 1");
    }
  }

  /// {@return the size that a text names: `28` for a square, `28x20` for width and height}
  ///
  /// @throws IllegalArgumentException if it is neither
  public static ImageSize parse(String text) {
    Matcher sides = TEXT.matcher(text);
    if (!sides.matches()) {
      throw new IllegalArgumentException(
          "is " + text + ", expected a number of pixels, or width x height such as 28x20");
    }
    int width = Integer.parseInt(sides.group(1));
    return new ImageSize(sides.group(2) == null ? width : Integer.parseInt(sides.group(2)), width);
  }

  /// {@return whether a network can halve images of this size as often as it has to}
  ///
  /// @param multiple the power of two that must divide height and width, see
  ///   [UNetConfig#imageMultiple]
  public boolean isMultipleOf(int multiple) {
    return height % multiple == 0 && width % multiple == 0;
  }

  /// {@return why images of this size do not fit, and the nearest sizes below and above that would
  /// do, such as `cannot be halved 2 times, the nearest sizes that can: 28 x 28, 32 x 28`}
  ///
  /// @param multiple as in [#isMultipleOf]
  public String misfit(int multiple) {
    Set<ImageSize> nearest = new LinkedHashSet<>();
    nearest.add(
        new ImageSize(
            Math.max(height / multiple, 1) * multiple, Math.max(width / multiple, 1) * multiple));
    nearest.add(
        new ImageSize(
            Math.ceilDiv(height, multiple) * multiple, Math.ceilDiv(width, multiple) * multiple));
    int halvings = Integer.numberOfTrailingZeros(multiple);
    return "cannot be halved "
        + halvings
        + (halvings == 1 ? " time" : " times")
        + ", the nearest "
        + (nearest.size() == 1 ? "size that can: " : "sizes that can: ")
        + nearest.stream().map(ImageSize::toString).collect(Collectors.joining(", "));
  }

  /// {@return width and height, such as `28 x 20` for 20 rows of 28 pixels}
  @Override
  public String toString() {
    return width + " x " + height;
  }
}
