package haze.diffusion.data;

import haze.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// An array of unsigned bytes from a file in the IDX format, the one MNIST comes in
/// (yann.lecun.com/exdb/mnist, "The IDX file format").
///
/// ```
/// 00 00 type rank     type 08: unsigned bytes; other types are refused
/// size, rank times    32 bits, big-endian
/// elements            row-major, to the end of the file
/// ```
///
/// The file may be compressed by gzip. No size that it declares is believed before the bytes are
/// there.
final class IdxFile {
  private static final int MAGIC_LENGTH = 4;
  private static final int UNSIGNED_BYTE = 0x08;

  /// The largest array that HotSpot allocates.
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private final String name;
  private final Shape shape;
  private final byte[] bytes;

  private IdxFile(String name, Shape shape, byte[] bytes) {
    this.name = name;
    this.shape = shape;
    this.bytes = bytes;
  }

  /// The file's name, for messages.
  String name() {
    return name;
  }

  /// The declared sizes; their product is the number of bytes.
  Shape shape() {
    return shape;
  }

  /// The elements, row-major, unsigned. Not a copy.
  byte[] bytes() {
    return bytes;
  }

  /// Reads a file.
  ///
  /// @param file its place
  /// @return its content
  /// @throws DataException if it cannot be read or is no IDX file of unsigned bytes
  static IdxFile read(Path file) throws DataException {
    String name = file.toString();
    try (InputStream in = Files.newInputStream(file)) {
      return read(name, in);
    } catch (DataException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new DataException(name, "no such file", e);
    } catch (IOException e) {
      throw new DataException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  /// Reads a stream to its end.
  ///
  /// @param name what to call it in messages
  /// @param in the content, compressed by gzip or not; may be closed afterwards
  /// @return the content
  /// @throws DataException if it is no IDX file of unsigned bytes
  /// @throws IOException if the stream fails
  static IdxFile read(String name, InputStream in) throws IOException {
    return Gzip.read(name, in, unpacked -> readUncompressed(name, unpacked));
  }

  /// Images and their labels.
  ///
  /// @param images a file of unsigned bytes `[n, h, w]` (grey) or `[n, h, w, c]`, c is 1 or 3
  /// @param labels a file of unsigned bytes `[n]`; null if there are none
  /// @throws DataException if a file cannot be read or holds something else
  static ImageDataset dataset(Path images, @Nullable Path labels) throws DataException {
    return dataset(read(images), labels == null ? null : read(labels));
  }

  /// As [#dataset(Path, Path)]; shares the files' bytes.
  static ImageDataset dataset(IdxFile images, @Nullable IdxFile labels) throws DataException {
    Shape shape = images.shape();
    int channels = shape.rank() == 4 ? shape.dim(3) : 1;
    boolean axes = shape.rank() == 3 || shape.rank() == 4;
    if (!axes || (channels != 1 && channels != 3)) {
      throw new DataException(
          images.name(),
          "holds " + shape + ", expected images [n, h, w], or [n, h, w, c] with 1 or 3 channels");
    }
    if (shape.size() == 0) {
      throw new DataException(images.name(), "holds no image: " + shape);
    }
    int count = shape.dim(0);
    if (labels != null && !labels.shape().equals(Shape.of(count))) {
      throw new DataException(
          labels.name(),
          "holds " + labels.shape() + ", expected one label a image: [" + count + "]");
    }
    int[] classes = new int[labels == null ? 0 : count];
    for (int i = 0; labels != null && i < count; i++) {
      classes[i] = Byte.toUnsignedInt(labels.bytes()[i]);
    }
    return ImageDataset.ofSharedLevels(
        images.bytes(), Shape.of(shape.dim(1), shape.dim(2), channels), classes);
  }

  private static IdxFile readUncompressed(String name, InputStream in) throws IOException {
    Shape shape = readShape(name, in);
    // readNBytes takes memory as the bytes arrive, not as they are declared.
    byte[] bytes = in.readNBytes(shape.size());
    if (bytes.length < shape.size()) {
      throw new DataException(
          name, "ends after " + bytes.length + " of the " + shape.size() + " bytes of " + shape);
    }
    if (in.read() >= 0) {
      throw new DataException(
          name, "goes on after the " + shape.size() + " bytes of " + shape + ", expected its end");
    }
    return new IdxFile(name, shape, bytes);
  }

  private static Shape readShape(String name, InputStream in) throws IOException {
    byte[] magic = in.readNBytes(MAGIC_LENGTH);
    if (magic.length == 0) {
      throw new DataException(name, "is empty, expected an IDX file");
    }
    if (magic.length < MAGIC_LENGTH || magic[0] != 0 || magic[1] != 0) {
      throw new DataException(
          name,
          "byte 0: begins with "
              + hex(magic)
              + ", expected an IDX file: 00 00, element type, number of axes");
    }
    if (magic[2] != UNSIGNED_BYTE) {
      throw new DataException(
          name, "byte 2: holds " + elementType(magic[2]) + ", expected unsigned bytes (type 08)");
    }
    int rank = Byte.toUnsignedInt(magic[3]);
    int[] sizes = new int[rank];
    long product = 1;
    for (int i = 0; i < rank; i++) {
      byte[] size = in.readNBytes(Integer.BYTES);
      int place = MAGIC_LENGTH + i * Integer.BYTES;
      if (size.length < Integer.BYTES) {
        throw new DataException(
            name, "byte " + place + ": ends before the size of axis " + i + " of " + rank);
      }
      long value = Long.parseLong(HexFormat.of().formatHex(size), 16);
      if (value > MAX_ARRAY || (product *= value) > MAX_ARRAY) {
        throw new DataException(
            name,
            "byte "
                + place
                + ": axis "
                + i
                + " has size "
                + value
                + ", expected at most "
                + MAX_ARRAY
                + " bytes in all");
      }
      sizes[i] = (int) value;
    }
    return Shape.of(sizes);
  }

  private static String elementType(byte type) {
    String known =
        switch (type) {
          case 0x09 -> "signed bytes";
          case 0x0B -> "16-bit integers";
          case 0x0C -> "32-bit integers";
          case 0x0D -> "32-bit floats";
          case 0x0E -> "64-bit floats";
          default -> "elements of an unknown type";
        };
    return known + " (type " + hex(type) + ")";
  }

  private static String hex(byte... bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }
}
