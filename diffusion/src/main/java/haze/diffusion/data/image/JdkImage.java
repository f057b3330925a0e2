package haze.diffusion.data.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The levels of an image of the JDK: its samples, not what its colour space makes of them.
///
/// `getRGB` would brighten grey, which it takes for linear light, and darken what has a profile.
final class JdkImage {
  private static final int MAX = 255;

  private JdkImage() {}

  /// Takes an image apart.
  ///
  /// @throws IllegalArgumentException without the image's name, if its samples are no levels
  static Pixels pixels(BufferedImage image) {
    ColorModel colours = image.getColorModel();
    if (colours instanceof IndexColorModel table) {
      return ofTable(image, isGrey(table), colours.hasAlpha());
    }
    int colour =
        switch (colours.getColorSpace().getType()) {
          case ColorSpace.TYPE_GRAY -> 1;
          case ColorSpace.TYPE_RGB -> 3;
          case ColorSpace.TYPE_CMYK -> 4;
          default -> 0;
        };
    boolean signed = image.getRaster().getDataBuffer().getDataType() == DataBuffer.TYPE_SHORT;
    boolean levels =
        Arrays.stream(colours.getComponentSize()).allMatch(bits -> bits >= 1 && bits <= Short.SIZE);
    boolean inks = colour == 4;
    if (colour == 0 || (inks && colours.hasAlpha()) || signed || !levels) {
      throw new IllegalArgumentException(
          "has samples of "
              + Arrays.toString(colours.getComponentSize())
              + " bits, expected grey, colour or inks of 1 to 16 bits");
    }
    WritableRaster raster = image.getRaster();
    if (colours.isAlphaPremultiplied()) {
      raster = image.copyData(null);
      colours.coerceData(raster, false);
    }
    Pixels samples = ofSamples(raster, colour + (colours.hasAlpha() ? 1 : 0));
    return inks ? light(samples) : samples;
  }

  /// Black and white, or levels of grey, come with a table of colours as well.
  private static boolean isGrey(IndexColorModel table) {
    return IntStream.range(0, table.getMapSize())
        .allMatch(i -> table.getRed(i) == table.getGreen(i) && table.getRed(i) == table.getBlue(i));
  }

  /// An image whose pixels are numbers of colours in sRGB.
  private static Pixels ofTable(BufferedImage image, boolean grey, boolean alpha) {
    int width = image.getWidth();
    int channels = (grey ? 1 : 3) + (alpha ? 1 : 0);
    byte[] bytes = new byte[image.getHeight() * width * channels];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int argb : row) {
        if (!grey) {
          bytes[next++] = (byte) (argb >> 16);
          bytes[next++] = (byte) (argb >> 8);
        }
        bytes[next++] = (byte) argb;
        if (alpha) {
          bytes[next++] = (byte) (argb >> 24);
        }
      }
    }
    return new Pixels(image.getHeight(), width, channels, bytes);
  }

  /// Light that four inks leave.
  private static Pixels light(Pixels inks) {
    byte[] left = inks.bytes();
    for (int i = 0; i < left.length; i++) {
      left[i] = (byte) ~left[i];
    }
    return new Pixels(inks.height(), inks.width(), 3, JpegColours.CMYK.levels(left));
  }

  private static Pixels ofSamples(Raster raster, int channels) {
    int width = raster.getWidth();
    byte[] bytes = new byte[raster.getHeight() * width * channels];
    int[] row = new int[width * raster.getNumBands()];
    int next = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          int top = (1 << raster.getSampleModel().getSampleSize(c)) - 1;
          int sample = row[x * raster.getNumBands() + c];
          // As Pillow, which rounds down levels of 5 or 6 bits.
          int rounding = top > MAX ? top / 2 : 0;
          bytes[next++] = (byte) ((sample * MAX + rounding) / top);
        }
      }
    }
    return new Pixels(raster.getHeight(), width, channels, bytes);
  }
}
