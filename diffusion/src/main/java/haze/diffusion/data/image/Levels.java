package haze.diffusion.data.image;

import haze.tensor.Shape;
import java.awt.image.BufferedImage;

/// An opaque image as levels from 0 to 255.
///
/// @param shape `[h, w, c]`, c is 1 for a grey image, else 3: red, green, blue
/// @param bytes the levels, unsigned, row-major; shared, not copied
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
public record Levels(Shape shape, byte[] bytes) {
  // Luma of red, green and blue (ITU-R BT.601) in 65536ths, as Pillow's convert("L") has them.
  private static final int LUMA_RED = 19_595;
  private static final int LUMA_GREEN = 38_470;
  private static final int LUMA_BLUE = 7_471;
  private static final int LUMA_HALF = 1 << 15;

  private static final int COLOURS = 3;

  /// Checks that the bytes are as many as the shape says.
  ///
  /// @throws IllegalArgumentException if they are not, or the shape is no image's
  public Levels {
    if (shape.rank() != 3 || (shape.dim(2) != 1 && shape.dim(2) != COLOURS)) {
      throw new IllegalArgumentException("image " + shape + ", expected [h, w, 1 or 3]");
    }
    if (bytes.length != shape.size()) {
      throw new IllegalArgumentException(
          "image " + shape + " of " + bytes.length + " levels, expected " + shape.size());
    }
  }

  /// Takes an image of the JDK.
  ///
  /// @throws IllegalArgumentException without the image's name, if a pixel is transparent, or the
  ///   image has inks or samples that are no levels
  public static Levels of(BufferedImage image) {
    Pixels pixels = JdkImage.pixels(image);
    int row = pixels.transparentRow();
    if (row >= 0) {
      throw new IllegalArgumentException("is transparent in row " + row + Pixels.EXPECTED_OPAQUE);
    }
    return pixels.over(Background.DEFAULT);
  }

  /// {@return the image with so many channels, itself if it has them}
  ///
  /// Grey becomes three equal channels. Colours become their luma, `0.299 red + 0.587 green + 0.114
  /// blue` rounded to a level, exactly as in Pillow's `convert("L")`.
  ///
  /// @param channels 1 or 3
  /// @throws IllegalArgumentException if it is neither
  public Levels channels(int channels) {
    if (channels == shape.dim(2)) {
      return this;
    }
    if (channels != 1 && channels != COLOURS) {
      throw new IllegalArgumentException("image of " + channels + " channels, expected 1 or 3");
    }
    byte[] result = new byte[shape.with(2, channels).size()];
    if (channels == 1) {
      for (int i = 0, k = 0; i < result.length; i++, k += COLOURS) {
        int luma =
            LUMA_RED * Byte.toUnsignedInt(bytes[k])
                + LUMA_GREEN * Byte.toUnsignedInt(bytes[k + 1])
                + LUMA_BLUE * Byte.toUnsignedInt(bytes[k + 2]);
        result[i] = (byte) ((luma + LUMA_HALF) >>> Short.SIZE);
      }
    } else {
      for (int i = 0, k = 0; i < bytes.length; i++, k += COLOURS) {
        result[k] = result[k + 1] = result[k + 2] = bytes[i];
      }
    }
    return new Levels(shape.with(2, channels), result);
  }

  /// {@return the middle of the image, as much as there is of the wanted proportions, in another
  /// size; itself if it has that size}
  ///
  /// A new pixel that is larger is the mean of the area that it covers, rounded; nothing aliases.
  /// One that is smaller is interpolated bilinearly between the centres of pixels, as in Pillow.
  ///
  /// @throws IllegalArgumentException if the size is not positive
  public Levels fit(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("image of " + height + " x " + width + " pixels");
    }
    return height == shape.dim(0) && width == shape.dim(1) ? this : Resize.fit(this, height, width);
  }

  /// {@return the image with left and right exchanged}
  public Levels flipped() {
    int width = shape.dim(1);
    int channels = shape.dim(2);
    byte[] result = new byte[bytes.length];
    for (int row = 0; row < bytes.length; row += width * channels) {
      for (int x = 0; x < width; x++) {
        int from = row + x * channels;
        int to = row + (width - 1 - x) * channels;
        for (int c = 0; c < channels; c++) {
          result[to + c] = bytes[from + c];
        }
      }
    }
    return new Levels(shape, result);
  }
}
