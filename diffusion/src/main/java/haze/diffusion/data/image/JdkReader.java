package haze.diffusion.data.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Has the JDK's readers decode what they decode well: BMP and TIFF files. That the pixels are
/// there is seen before.
final class JdkReader {
  /// What LZW makes of a byte at most: 4096 of 12 bits. No other method makes more, but for those
  /// of facsimile machines.
  private static final int MAX_RATIO = 2731;

  private static final int FIRST_FACSIMILE = 2;
  private static final int LAST_FACSIMILE = 4;

  private static final String TIFF_METADATA = "javax_imageio_tiff_image_1.0";

  private static final int BMP_HEADER = 14;
  private static final int OLD_HEADER = 12;
  private static final int NEW_HEADER = 40;

  private JdkReader() {}

  static Pixels bmp(String name, byte[] file) throws ImageException {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = in.limit() < BMP_HEADER + OLD_HEADER ? 0 : in.getInt(BMP_HEADER);
    if (header < OLD_HEADER || header > in.limit() - BMP_HEADER) {
      throw new ImageException(name, "is cut off: byte " + file.length + " is within its header");
    }
    boolean old = header < NEW_HEADER;
    int width = old ? Short.toUnsignedInt(in.getShort(18)) : in.getInt(18);
    int height = Math.abs(old ? Short.toUnsignedInt(in.getShort(20)) : in.getInt(22));
    int bits = Math.max(1, in.getShort(old ? 24 : 28));
    int method = old ? 0 : in.getInt(30);
    Pixels.requireSize(name, width, height);
    boolean runs = method == 1 || method == 2;
    long bytes = runs ? (long) MAX_RATIO * file.length : file.length;
    Pixels.requireHeld(name, width, height, bytes * Byte.SIZE / bits, file.length);
    return pixels(name, read("bmp", name, file));
  }

  /// A TIFF file's first image, turned upright.
  static Pixels tiff(String name, byte[] file) throws ImageException {
    TiffDirectory tags = TiffDirectory.read(ByteBuffer.wrap(file));
    long compressed =
        parts(name, file, tags, TiffDirectory.STRIPS, TiffDirectory.STRIP_BYTES)
            + parts(name, file, tags, TiffDirectory.TILES, TiffDirectory.TILE_BYTES);
    if (compressed == 0) {
      throw new ImageException(name, "is damaged or cut off: no pixels before byte " + file.length);
    }
    int width = (int) Math.min(Integer.MAX_VALUE, tags.first(TiffDirectory.WIDTH, 0));
    int height = (int) Math.min(Integer.MAX_VALUE, tags.first(TiffDirectory.HEIGHT, 0));
    Pixels.requireSize(name, width, height);
    long method = tags.first(TiffDirectory.COMPRESSION, 1);
    if (method < FIRST_FACSIMILE || method > LAST_FACSIMILE) {
      long bits = tags.first(TiffDirectory.BITS, 1) * tags.first(TiffDirectory.SAMPLES, 1);
      long most = MAX_RATIO * compressed * Byte.SIZE / Math.max(1, bits);
      Pixels.requireHeld(name, width, height, most, compressed);
    }
    BufferedImage image = read("tiff", name, file);
    long[] palette = tags.all(TiffDirectory.PALETTE);
    Pixels pixels =
        palette.length > 0 && image.getRaster().getNumBands() == 1
            ? colours(name, image.getRaster(), palette)
            : pixels(name, image);
    return pixels.upright(tags.orientation());
  }

  /// Takes the colours of a palette from its upper bytes. The JDK rounds their 16 bits to 8, which
  /// makes each a level darker in the files of programs that write zero as the lower byte.
  ///
  /// @param palette all levels of red, then of green, then of blue
  private static Pixels colours(String name, Raster raster, long[] palette) throws ImageException {
    int width = raster.getWidth();
    int count = palette.length / 3;
    int[] indices =
        raster.getPixels(
            raster.getMinX(), raster.getMinY(), width, raster.getHeight(), (int[]) null);
    byte[] levels = new byte[3 * indices.length];
    for (int i = 0; i < levels.length; i++) {
      int index = indices[i / 3];
      if (index >= count) {
        throw new ImageException(name, "is damaged: a pixel of colour " + index + " of " + count);
      }
      levels[i] = (byte) (palette[i % 3 * count + index] >> Byte.SIZE);
    }
    return new Pixels(raster.getHeight(), width, 3, levels);
  }

  /// {@return the bytes of an image's strips or tiles, all of which are in the file}
  private static long parts(String name, byte[] file, TiffDirectory tags, int places, int sizes)
      throws ImageException {
    long[] place = tags.all(places);
    long[] size = tags.all(sizes);
    long sum = 0;
    for (int i = 0; i < Math.min(place.length, size.length); i++) {
      if (place[i] + size[i] > file.length) {
        throw new ImageException(
            name,
            "is cut off: byte " + file.length + ", its pixels end at " + (place[i] + size[i]));
      }
      sum += size[i];
    }
    return sum;
  }

  private static BufferedImage read(String format, String name, byte[] file) throws ImageException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      requireFewBytes(name, reader);
      BufferedImage image = reader.read(0);
      for (String warning : warnings) {
        // A tag that is missing or odd has its default.
        if (!warning.contains(" field")) {
          throw new ImageException(name, "is damaged: " + warning);
        }
      }
      return image;
    } catch (ImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw ImageException.damaged(name, e);
    } finally {
      reader.dispose();
    }
  }

  /// Refuses what the reader would take much memory for. It is the one to be asked: of two tags of
  /// one number it takes the last. For samples of N bits that are not the output's it makes a table
  /// of 2^N numbers, and of tiles it holds one as a whole.
  private static void requireFewBytes(String name, ImageReader reader) throws IOException {
    Pixels.requireSize(name, reader.getWidth(0), reader.getHeight(0));
    Pixels.requireSize(name, reader.getTileWidth(0), reader.getTileHeight(0));
    IIOMetadata metadata = reader.getImageMetadata(0);
    if (metadata != null && TIFF_METADATA.equals(metadata.getNativeMetadataFormatName())) {
      TIFFField bits = TIFFDirectory.createFromMetadata(metadata).getTIFFField(TiffDirectory.BITS);
      if (bits != null && Arrays.stream(bits.getAsInts()).anyMatch(b -> b < 1 || b > Short.SIZE)) {
        throw new ImageException(
            name,
            "has samples of " + Arrays.toString(bits.getAsInts()) + " bits, expected 1 to 16 bits");
      }
    }
  }

  private static Pixels pixels(String name, BufferedImage image) throws ImageException {
    try {
      return JdkImage.pixels(image);
    } catch (IllegalArgumentException e) {
      throw new ImageException(name, String.valueOf(e.getMessage()), e);
    }
  }
}
