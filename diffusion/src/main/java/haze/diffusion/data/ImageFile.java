package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
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

/// Reads an image that someone else made: a PNG or JPEG file, opaque, grey or in colour.
///
/// The sizes in the file's header are judged before a pixel is decoded: a small file may declare an
/// image that fills the memory.
final class ImageFile {
  /// 4096 x 4096: more than any network here, and than most cameras.
  private static final long MAX_PIXELS = 1 << 24;

  private static final Set<String> FORMATS = Set.of("png", "jpeg");

  private ImageFile() {}

  /// Reads an image.
  ///
  /// @param file its place
  /// @param shape the network's images, `[h, w, c]`
  /// @param fit whether an image of another size is scaled
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
      return values(name, reader.read(0));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged files with index, argument and null pointer exceptions as
      // well.
      throw new DataException(name, "is damaged: " + e.getMessage(), e);
    }
  }

  /// The image's levels, scaled to [-1, 1]: `[1, h, w, c]`.
  private static Tensor values(String name, BufferedImage image) throws DataException {
    Levels levels;
    try {
      levels = Levels.of(image);
    } catch (IllegalArgumentException e) {
      throw new DataException(name, String.valueOf(e.getMessage()), e);
    }
    float[] values = new float[levels.bytes().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = PixelScale.value(Byte.toUnsignedInt(levels.bytes()[i]));
    }
    return Tensor.of(levels.shape().batch(1), values);
  }
}
