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
  /// @param halved which channels have half as many rows, and all columns
  static Pixels read(
      String name, byte[] file, JpegColours colours, boolean[] halved, int height, int width)
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
      throw ImageException.damaged(name, e);
    } finally {
      reader.dispose();
    }
    for (int channel = 0; channel < halved.length; channel++) {
      if (halved[channel]) {
        smooth(samples, channel, halved.length, width);
      }
    }
    byte[] levels = colours.levels(samples);
    return new Pixels(height, width, levels.length / (height * width), levels);
  }

  /// Makes the rows of a channel that has half as many: three quarters of the nearer one and one of
  /// the other, as libjpeg-turbo does. The JDK's libjpeg 6b repeats them here, while it smoothes as
  /// well where columns are halved.
  private static void smooth(byte[] samples, int channel, int step, int width) {
    byte[] repeated = samples.clone();
    int row = width * step;
    int last = samples.length - row;
    for (int start = 0, y = 0; start <= last; start += row, y++) {
      boolean upper = y % 2 == 0;
      int other = upper ? Math.max(0, start - row) : Math.min(last, start + row);
      int rounding = upper ? 1 : 2;
      for (int i = channel; i < row; i += step) {
        int near = Byte.toUnsignedInt(repeated[start + i]);
        int far = Byte.toUnsignedInt(repeated[other + i]);
        samples[start + i] = (byte) ((3 * near + far + rounding) >> 2);
      }
    }
  }
}
