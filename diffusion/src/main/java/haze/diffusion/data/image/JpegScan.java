package haze.diffusion.data.image;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Has the JDK's reader decode the samples of a JPEG file, which do not depend on their meaning.
final class JpegScan {
  private JpegScan() {}

  /// Decodes a file.
  ///
  /// @param file without segments of applications
  static Pixels read(String name, byte[] file, JpegColours colours, int height, int width)
      throws ImageException {
    byte[] samples = new byte[height * width * colours.samples];
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      Raster raster = reader.readRaster(0, null);
      for (String warning : warnings) {
        // A file that lacks pixels is no error to the reader: the rest is grey.
        if (!warning.contains("extraneous bytes")) {
          throw new ImageException(name, "is damaged: " + warning);
        }
      }
      raster.getDataElements(0, 0, width, height, samples);
    } catch (ImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The reader answers damaged files with index, argument and null pointer exceptions as well.
      throw new ImageException(name, "is damaged: " + e.getMessage(), e);
    } finally {
      reader.dispose();
    }
    byte[] levels = colours.levels(samples);
    return new Pixels(height, width, levels.length / (height * width), levels);
  }
}
