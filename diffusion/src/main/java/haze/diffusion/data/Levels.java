package haze.diffusion.data;

import haze.tensor.Shape;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;

/// The pixels of an opaque image of the JDK, as bytes.
///
/// @param shape `[h, w, c]`, c is 1 for a grey image, else 3: red, green, blue
/// @param bytes levels from 0 to 255, row-major
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
record Levels(Shape shape, byte[] bytes) {
  private static final int OPAQUE = 255;
  private static final int ALPHA_SHIFT = 24;

  /// Takes an image apart.
  ///
  /// @throws IllegalArgumentException without the image's name, if a pixel is transparent
  static Levels of(BufferedImage image) {
    ColorModel colours = image.getColorModel();
    // getRGB would brighten grey: it takes it for linear light, which no file means.
    boolean grey =
        colours instanceof ComponentColorModel
            && colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    int width = image.getWidth();
    int channels = grey ? 1 : 3;
    Shape shape = Shape.of(image.getHeight(), width, channels);
    byte[] bytes = new byte[shape.size()];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      if (grey) {
        greyRow(image, y, row);
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
      }
      for (int argb : row) {
        if (argb >>> ALPHA_SHIFT != OPAQUE) {
          throw new IllegalArgumentException(
              "is transparent in row " + y + ", expected opaque pixels");
        }
        for (int c = channels - 1; c >= 0; c--) {
          bytes[next++] = (byte) (argb >> (Byte.SIZE * c));
        }
      }
    }
    return new Levels(shape, bytes);
  }

  /// Grey levels as opaque or transparent colours.
  private static void greyRow(BufferedImage image, int y, int[] row) {
    Raster raster = image.getRaster();
    // Fewer than 8 bits come with a table of colours.
    int tooFine = raster.getSampleModel().getSampleSize(0) - Byte.SIZE;
    boolean alpha = raster.getNumBands() > 1;
    for (int x = 0; x < row.length; x++) {
      int level = raster.getSample(x, y, 0) >> tooFine;
      int opacity = alpha ? raster.getSample(x, y, 1) >> tooFine : OPAQUE;
      row[x] = (opacity << ALPHA_SHIFT) | level;
    }
  }
}
