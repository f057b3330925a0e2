package haze.diffusion.data.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Has the JDK's readers decode what they decode well: BMP and TIFF files.
final class JdkReader {
  private JdkReader() {}

  static Pixels bmp(String name, byte[] file) throws ImageException {
    return read("bmp", name, file);
  }

  /// A TIFF file's first image, turned upright: its tags are those of Exif.
  static Pixels tiff(String name, byte[] file) throws ImageException {
    return read("tiff", name, file).upright(Exif.orientation(ByteBuffer.wrap(file)));
  }

  private static Pixels read(String format, String name, byte[] file) throws ImageException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      Pixels.requireSize(name, reader.getWidth(0), reader.getHeight(0));
      BufferedImage image = reader.read(0);
      if (!warnings.isEmpty()) {
        throw new ImageException(name, "is damaged: " + warnings.getFirst());
      }
      return JdkImage.pixels(image);
    } catch (ImageException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ImageException(name, String.valueOf(e.getMessage()), e);
    } catch (IOException | RuntimeException e) {
      // The readers answer damaged files with index, argument and null pointer exceptions as well.
      throw new ImageException(name, "is damaged: " + e.getMessage(), e);
    } finally {
      reader.dispose();
    }
  }
}
