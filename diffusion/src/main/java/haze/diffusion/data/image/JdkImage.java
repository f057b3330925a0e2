package haze.diffusion.data.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.PackedColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

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
    if (colours instanceof IndexColorModel || colours instanceof PackedColorModel) {
      return ofTable(image, colours.hasAlpha());
    }
    int type = colours.getColorSpace().getType();
    boolean rgb = type == ColorSpace.TYPE_RGB;
    if ((!rgb && type != ColorSpace.TYPE_GRAY)
        || image.getRaster().getDataBuffer().getDataType() > DataBuffer.TYPE_USHORT) {
      throw new IllegalArgumentException(
          "has inks or numbers, expected levels of grey or of red, green and blue");
    }
    WritableRaster raster = image.getRaster();
    if (colours.isAlphaPremultiplied()) {
      raster = image.copyData(null);
      colours.coerceData(raster, false);
    }
    return ofSamples(raster, (rgb ? 3 : 1) + (colours.hasAlpha() ? 1 : 0));
  }

  /// An image whose pixels are numbers of colours in sRGB, or hold the three of them.
  private static Pixels ofTable(BufferedImage image, boolean alpha) {
    int width = image.getWidth();
    int channels = alpha ? 4 : 3;
    byte[] bytes = new byte[image.getHeight() * width * channels];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int argb : row) {
        bytes[next++] = (byte) (argb >> 16);
        bytes[next++] = (byte) (argb >> 8);
        bytes[next++] = (byte) argb;
        if (alpha) {
          bytes[next++] = (byte) (argb >> 24);
        }
      }
    }
    return new Pixels(image.getHeight(), width, channels, bytes);
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
          bytes[next++] = (byte) ((sample * (long) MAX + top / 2) / top);
        }
      }
    }
    return new Pixels(raster.getHeight(), width, channels, bytes);
  }
}
