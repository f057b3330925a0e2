package haze.diffusion.data.image;

/// What the samples of a JPEG file mean, and how they become levels.
enum JpegColours {
  GREY(1),
  RGB(3),
  /// Luma and two differences of colour (JFIF 1.02).
  YCC(3),
  /// Four inks, inverted as Adobe does it: 255 is no ink.
  CMYK(4),
  /// Inks as [#CMYK], the first three as light in [#YCC].
  YCCK(4);

  private static final int MAX = 255;
  private static final int CENTRE = 128;

  // In 65536ths, as libjpeg has them, whose results are to be met to the last bit.
  private static final int SCALE = 16;
  private static final int HALF = 1 << 15;
  private static final int RED_CR = 91_881;
  private static final int GREEN_CB = -22_554;
  private static final int GREEN_CR = -46_802;
  private static final int BLUE_CB = 116_130;

  /// The samples of a pixel.
  final int samples;

  JpegColours(int samples) {
    this.samples = samples;
  }

  /// Makes levels of samples.
  ///
  /// @param bytes pixel by pixel; used up
  /// @return grey, or red, green and blue
  byte[] levels(byte[] bytes) {
    return switch (this) {
      case GREY, RGB -> bytes;
      case YCC -> {
        light(bytes, 3);
        yield bytes;
      }
      case CMYK -> inks(bytes, 0);
      case YCCK -> {
        light(bytes, 4);
        yield inks(bytes, MAX);
      }
    };
  }

  private static void light(byte[] bytes, int step) {
    for (int i = 0; i < bytes.length; i += step) {
      int y = Byte.toUnsignedInt(bytes[i]);
      int cb = Byte.toUnsignedInt(bytes[i + 1]) - CENTRE;
      int cr = Byte.toUnsignedInt(bytes[i + 2]) - CENTRE;
      bytes[i] = clamp(y + ((RED_CR * cr + HALF) >> SCALE));
      bytes[i + 1] = clamp(y + ((GREEN_CB * cb + GREEN_CR * cr + HALF) >> SCALE));
      bytes[i + 2] = clamp(y + ((BLUE_CB * cb + HALF) >> SCALE));
    }
  }

  private static byte clamp(int level) {
    return (byte) Math.max(0, Math.min(MAX, level));
  }

  /// Light that four inks leave: `round((255 - ink) (255 - black) / 255)`.
  ///
  /// @param inversion added to the first three by exclusive or
  private static byte[] inks(byte[] bytes, int inversion) {
    byte[] levels = new byte[bytes.length / 4 * 3];
    for (int i = 0, k = 0; i < bytes.length; i += 4) {
      int black = Byte.toUnsignedInt(bytes[i + 3]);
      for (int c = 0; c < 3; c++) {
        int light = Byte.toUnsignedInt(bytes[i + c]) ^ inversion;
        levels[k++] = (byte) ((light * black + MAX / 2) / MAX);
      }
    }
    return levels;
  }
}
