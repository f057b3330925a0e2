package haze.diffusion.data.image;

import haze.tensor.Shape;

/// An image as its file stores it: not yet turned, not yet over a background.
///
/// @param channels 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha
/// @param bytes levels from 0 to 255, row-major, the channels of a pixel beside each other
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
record Pixels(int height, int width, int channels, byte[] bytes) {
  static final String EXPECTED_OPAQUE = ", expected opaque pixels";

  static final int UPRIGHT = 1;

  static final int LAST_ORIENTATION = 8;

  /// From this orientation on, width and height are exchanged.
  private static final int FIRST_TURNED = 5;

  /// 8192 x 8192: more than nearly every camera has.
  private static final long MAX_PIXELS = 1 << 26;

  private static final int MAX = 255;

  /// Refuses a size that a file declares, before memory is taken for it.
  static void requireSize(String name, int width, int height) throws ImageException {
    if (width < 1 || height < 1) {
      throw new ImageException(name, "is damaged: it declares " + width + " x " + height);
    }
    if ((long) width * height > MAX_PIXELS) {
      throw new ImageException(
          name, "is " + width + " x " + height + ", expected at most " + MAX_PIXELS + " pixels");
    }
  }

  /// Refuses a size of which a file cannot hold the pixels, before memory is taken for them.
  ///
  /// @param most the pixels that so many bytes can hold at most
  static void requireHeld(String name, int width, int height, long most, long bytes)
      throws ImageException {
    if ((long) width * height > most) {
      throw new ImageException(
          name,
          "is damaged: declares "
              + width
              + " x "
              + height
              + " pixels, more than "
              + bytes
              + " bytes can hold");
    }
  }

  boolean hasAlpha() {
    return channels % 2 == 0;
  }

  /// {@return the first row with a pixel that is not opaque, -1 if there is none}
  int transparentRow() {
    if (hasAlpha()) {
      for (int i = channels - 1; i < bytes.length; i += channels) {
        if (bytes[i] != (byte) MAX) {
          return i / (channels * width);
        }
      }
    }
    return -1;
  }

  /// Puts the image over a background: `round((level alpha + background (255 - alpha)) / 255)`.
  ///
  /// @return grey if the image and what shows through it are
  Levels over(Background background) {
    if (!hasAlpha()) {
      return new Levels(Shape.of(height, width, channels), bytes);
    }
    int from = channels - 1;
    int to = from == 1 && background.isGrey() ? 1 : 3;
    byte[] result = new byte[height * width * to];
    for (int pixel = 0, k = 0; pixel < bytes.length; pixel += channels) {
      int alpha = Byte.toUnsignedInt(bytes[pixel + from]);
      for (int c = 0; c < to; c++) {
        int level = Byte.toUnsignedInt(bytes[pixel + Math.min(c, from - 1)]);
        int sum = level * alpha + background.level(c) * (MAX - alpha);
        result[k++] = (byte) ((sum + MAX / 2) / MAX);
      }
    }
    return new Levels(Shape.of(height, width, to), result);
  }

  /// Turns and mirrors the image upright.
  ///
  /// @param orientation of TIFF and Exif, 1 to 8: 1 is upright, 6 is to be turned right by 90
  ///   degrees
  Pixels upright(int orientation) {
    if (orientation == UPRIGHT) {
      return this;
    }
    boolean turned = orientation >= FIRST_TURNED;
    int rows = turned ? width : height;
    int columns = turned ? height : width;
    int right = width - 1;
    int bottom = height - 1;
    byte[] result = new byte[bytes.length];
    int to = 0;
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int fromX =
            switch (orientation) {
              case 2, 3 -> right - x;
              case 4 -> x;
              case 5, 6 -> y;
              case 7, 8 -> right - y;
              default -> throw new IllegalArgumentException("orientation " + orientation);
            };
        int fromY =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> bottom - y;
              case 5, 8 -> x;
              case 6, 7 -> bottom - x;
              default -> throw new IllegalArgumentException("orientation " + orientation);
            };
        int from = (fromY * width + fromX) * channels;
        for (int c = 0; c < channels; c++) {
          result[to++] = bytes[from + c];
        }
      }
    }
    return new Pixels(rows, columns, channels, result);
  }
}
