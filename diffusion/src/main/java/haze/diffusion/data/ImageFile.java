package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/// Reads a picture that someone else made: a PNG or JPEG file, opaque, grey or in colour.
///
/// The sizes in the file's header are judged before a pixel is decoded: a small file may declare a
/// picture that fills the memory.
final class ImageFile {
  /// 4096 x 4096: more than any network here, and than most cameras.
  private static final long MAX_PIXELS = 1 << 24;

  private static final Set<String> FORMATS = Set.of("png", "jpeg");
  private static final int LEVELS = 255;
  private static final int OPAQUE = 255;
  private static final int ALPHA_SHIFT = 24;

  /// A level from 0 to 255 becomes one from -1 to 1, as in [ImageDataset].
  private static final float HALF_RANGE = 127.5f;

  private ImageFile() {}

  /// Reads a picture.
  ///
  /// @param file its place
  /// @param shape the network's images, `[h, w, c]`
  /// @param fit whether a picture of another size is scaled
  /// @return `[1, h, w, c]`, in [-1, 1]
  /// @throws DataException if it cannot be read, is damaged or refused
  static Tensor read(Path file, Shape shape, boolean fit) throws DataException {
    String name = file.toString();
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          name,
          Files.exists(file)
              ? "is no regular file"
              : "no such file; an image is " + ImageArgument.FORMS);
    }
    try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
      return Fit.to(shape, read(name, in, shape, fit));
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static Tensor read(String name, ImageInputStream in, Shape shape, boolean fit)
      throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    ImageReader reader = readers.hasNext() ? readers.next() : null;
    try {
      if (reader == null || !FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        throw new DataException(
            name, "is neither PNG nor JPEG; an image is " + ImageArgument.FORMS);
      }
      reader.setInput(in, true, true);
      return decode(name, reader, shape, fit);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private static Tensor decode(String name, ImageReader reader, Shape shape, boolean fit)
      throws DataException {
    try {
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      Fit.check(name, width, height, shape, fit);
      if ((long) width * height > MAX_PIXELS) {
        throw new DataException(
            name, "is " + width + " x " + height + ", expected at most " + MAX_PIXELS + " pixels");
      }
      // A JPEG file that is cut off is no error to its reader, the rest is grey.
      reader.addIIOReadWarningListener(
          (_, warning) -> {
            throw new IllegalStateException(warning);
          });
      return levels(name, reader.read(0));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged files with index, argument and null pointer exceptions as
      // well.
      throw new DataException(name, "is damaged: " + e.getMessage(), e);
    }
  }

  /// The picture's levels, scaled to [-1, 1]: `[1, h, w, c]`.
  private static Tensor levels(String name, BufferedImage picture) throws DataException {
    ColorModel colours = picture.getColorModel();
    // getRGB would brighten grey: it takes it for linear light, which no file means.
    boolean grey =
        colours instanceof ComponentColorModel
            && colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    int width = picture.getWidth();
    int channels = grey ? 1 : 3;
    Tensor levels = Tensor.zeros(1, picture.getHeight(), width, channels);
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      if (grey) {
        greyRow(picture, y, row);
      } else {
        picture.getRGB(0, y, width, 1, row, 0, width);
      }
      for (int argb : row) {
        if (argb >>> ALPHA_SHIFT != OPAQUE) {
          throw new DataException(name, "is transparent in row " + y + ", expected opaque pixels");
        }
        for (int c = channels - 1; c >= 0; c--) {
          levels.data()[next++] = ((argb >> (Byte.SIZE * c)) & LEVELS) / HALF_RANGE - 1;
        }
      }
    }
    return levels;
  }

  /// Grey levels as opaque or transparent colours.
  private static void greyRow(BufferedImage picture, int y, int[] row) {
    Raster raster = picture.getRaster();
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
