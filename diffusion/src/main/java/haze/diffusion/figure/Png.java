package haze.diffusion.figure;

import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Makes PNG files in memory: the JDK's shorter ways go through temporary files.
public final class Png {
  private Png() {}

  /// {@return the content of a PNG file}
  public static byte[] of(RenderedImage drawing) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(drawing);
    } catch (IOException e) {
      throw new AssertionError("writing to memory", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
