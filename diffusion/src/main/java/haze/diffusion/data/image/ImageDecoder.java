package haze.diffusion.data.image;

import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Reads an image file of someone else: PNG, JPEG, GIF, BMP or TIFF, recognised by its first bytes.
///
/// The levels are those that Pillow gives, but for those of 16 bits: a level is `sample / 257`,
/// rounded, where Pillow cuts grey off at 255 and takes the upper byte of colours. Orientation is
/// applied; colour profiles and gamma are not; of an animation the first frame is taken. A file may
/// be hostile: its sizes are judged before memory is taken, and one that is cut off is refused.
///
/// Nothing is shared, so that any number of threads may decode at the same time.
public final class ImageDecoder {
  /// The formats, for help and messages.
  public static final String FORMATS = "PNG, JPEG, GIF, BMP or TIFF";

  /// The usual endings of names of such files, in lower case, without the dot.
  public static final Set<String> EXTENSIONS =
      Stream.of(ImageFormat.values())
          .flatMap(format -> format.extensions.stream())
          .collect(Collectors.toUnmodifiableSet());

  /// How many of a file's first bytes [#recognises] needs.
  public static final int HEAD = 16;

  private static final long MAX_BYTES = 1L << 29;

  private ImageDecoder() {}

  /// {@return whether a file that begins so is in one of the formats, as far as these bytes tell}
  ///
  /// @param head the file's first [#HEAD] bytes, or all if it has fewer
  public static boolean recognises(byte[] head) {
    return ImageFormat.of(head).isPresent();
  }

  /// {@return the format of a file that begins so, such as `PNG`}
  ///
  /// @param name what messages call it
  /// @param head as for [#recognises]
  /// @throws ImageException if it is no image
  public static String format(String name, byte[] head) throws ImageException {
    return formatOf(name, head).name();
  }

  private static ImageFormat formatOf(String name, byte[] head) throws ImageException {
    return ImageFormat.of(head)
        .orElseThrow(() -> new ImageException(name, "is no image file, expected " + FORMATS));
  }

  /// Reads an image.
  ///
  /// @param background what shows through where the image is transparent
  /// @throws ImageException if there is no such file, it is no image, damaged or too large
  public static Levels read(Path file, Background background) throws ImageException {
    return pixels(file.toString(), bytes(file)).over(background);
  }

  /// Reads an image in which no pixel may be transparent.
  ///
  /// @param hint what to do if one is; ends the message
  /// @throws ImageException as for [#read]; and if a pixel is transparent
  public static Levels readOpaque(Path file, String hint) throws ImageException {
    String name = file.toString();
    Pixels pixels = pixels(name, bytes(file));
    int row = pixels.transparentRow();
    if (row >= 0) {
      throw new ImageException(
          name, "is transparent in row " + row + Pixels.EXPECTED_OPAQUE + "; " + hint);
    }
    return pixels.over(Background.DEFAULT);
  }

  /// Decodes an image in memory.
  ///
  /// @param name what messages call it
  /// @param file the bytes of a file; not changed
  /// @param background what shows through where the image is transparent
  /// @throws ImageException if it is no image, damaged or too large
  public static Levels decode(String name, byte[] file, Background background)
      throws ImageException {
    return pixels(name, file).over(background);
  }

  private static Pixels pixels(String name, byte[] file) throws ImageException {
    return formatOf(name, file).reader.read(name, file);
  }

  private static byte[] bytes(Path file) throws ImageException {
    String name = file.toString();
    if (!Files.isRegularFile(file)) {
      throw new ImageException(name, Files.exists(file) ? "is no regular file" : "no such file");
    }
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ImageException(name, "has " + size + " bytes, expected at most " + MAX_BYTES);
      }
      return Files.readAllBytes(file);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw new ImageException(name, "cannot be read: " + FileException.reason(e), e);
    }
  }
}
