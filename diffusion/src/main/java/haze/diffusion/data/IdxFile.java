package haze.diffusion.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/// An array from a file in the IDX format, the one MNIST comes in (yann.lecun.com/exdb/mnist, "The
/// IDX file format").
///
/// ```
/// 00 00 type rank     08 unsigned bytes, 09 signed bytes, 0B, 0C: integers of 16 and 32 bits,
///                     0D, 0E: IEEE 754 of 32 and 64 bits
/// size, rank times    32 bits, big-endian
/// elements            big-endian, row-major, to the end of the file
/// ```
///
/// The file may be compressed by gzip. No size that it declares is believed before the bytes are
/// there.
final class IdxFile {
  private static final int MAGIC_LENGTH = 4;

  private IdxFile() {}

  /// {@return what a file of images has in it, and the file to measure with beside it}
  ///
  /// @throws DataException if a file cannot be read or holds something else
  static DataParts parts(Path images, DataOptions options) throws DataException {
    return DataParts.ofArray(images, options, IdxFile::read);
  }

  /// {@return the array of a file}
  ///
  /// @throws DataException if it cannot be read or is no IDX file
  static NumberArray read(Path file) throws DataException {
    return ArrayHeader.array(file, IdxFile::header);
  }

  /// {@return the array of a stream that is read to its end}
  ///
  /// @param name what to call it in messages
  /// @param in the content, compressed by gzip or not; may be closed afterwards
  /// @throws DataException if it is no IDX file
  /// @throws IOException if the stream fails
  static NumberArray read(String name, InputStream in) throws IOException {
    return Gzip.read(
        name, in, bytes -> ArrayHeader.array(name, bytes, IdxFile::header, Long.MAX_VALUE));
  }

  private static ArrayHeader header(String name, MemorySegment bytes) throws DataException {
    byte[] magic =
        bytes.asSlice(0, Math.min(MAGIC_LENGTH, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
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
    ElementType type =
        type(magic[2])
            .orElseThrow(
                () ->
                    new DataException(
                        name,
                        "byte 2: has element type "
                            + hex(magic[2])
                            + ", expected 08, 09, 0b, 0c, 0d or 0e"));
    long[] sizes = new long[Byte.toUnsignedInt(magic[3])];
    for (int i = 0; i < sizes.length; i++) {
      int place = MAGIC_LENGTH + i * Integer.BYTES;
      if (bytes.byteSize() < place + Integer.BYTES) {
        throw new DataException(
            name, "byte " + place + ": ends before the size of axis " + i + " of " + sizes.length);
      }
      sizes[i] = (long) ElementType.U32.read(bytes, place, ByteOrder.BIG_ENDIAN);
    }
    long data = MAGIC_LENGTH + (long) Integer.BYTES * sizes.length;
    return new ArrayHeader(type, ByteOrder.BIG_ENDIAN, data, sizes, false, true);
  }

  private static Optional<ElementType> type(byte code) {
    return switch (code) {
      case 0x08 -> Optional.of(ElementType.U8);
      case 0x09 -> Optional.of(ElementType.I8);
      case 0x0B -> Optional.of(ElementType.I16);
      case 0x0C -> Optional.of(ElementType.I32);
      case 0x0D -> Optional.of(ElementType.F32);
      case 0x0E -> Optional.of(ElementType.F64);
      default -> Optional.empty();
    };
  }

  private static String hex(byte... bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }
}
