package haze.diffusion.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What the beginning of a file tells about the array of numbers behind it.
///
/// @param type of the numbers
/// @param order of the bytes of a number
/// @param offset of the first number, in bytes
/// @param sizes of the axes
/// @param firstFastest whether the first axis runs fastest, as in Fortran, and not the last
/// @param alone whether nothing may follow the array
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
record ArrayHeader(
    ElementType type,
    ByteOrder order,
    long offset,
    long[] sizes,
    boolean firstFastest,
    boolean alone) {
  /// A byte of deflate's output takes at least 2 bits for 258 of them.
  private static final int MOST_COMPRESSION = 1032;

  /// The header of either format is shorter.
  private static final int HEAD = 1 << 14;

  /// Reads the header of a format.
  @FunctionalInterface
  interface Reader {
    /// {@return the header of a file}
    ///
    /// @param name of the file, for messages
    /// @param bytes the whole file, or its first 16 KiB
    /// @throws DataException if there is something else
    ArrayHeader read(String name, MemorySegment bytes) throws DataException;
  }

  /// {@return the array of a file, mapped; unpacked in memory if the file is compressed by gzip, no
  /// further than the header promises}
  ///
  /// @throws DataException if it cannot be read or holds something else
  static NumberArray array(Path file, Reader reader) throws DataException {
    String name = file.toString();
    if (!FileBytes.isCompressed(file)) {
      return array(name, FileBytes.of(file), reader);
    }
    try (InputStream in = Files.newInputStream(file)) {
      long most = MOST_COMPRESSION * Files.size(file);
      return Gzip.read(name, in, unpacked -> array(name, unpacked, reader, most));
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw DataException.unreadable(name, e);
    }
  }

  /// {@return the array of a file's bytes}
  static NumberArray array(String name, MemorySegment bytes, Reader reader) throws DataException {
    return reader.read(name, bytes).array(name, bytes);
  }

  /// {@return the array of a stream}
  ///
  /// @param most bytes that the stream can have
  static NumberArray array(String name, InputStream in, Reader reader, long most)
      throws IOException {
    byte[] head = in.readNBytes(HEAD);
    ArrayHeader header = reader.read(name, MemorySegment.ofArray(head));
    long needed = header.bytes();
    if (head.length < HEAD) {
      return header.array(name, MemorySegment.ofArray(head));
    }
    if (needed < 0 || needed > most - header.offset) {
      throw new DataException(
          name,
          "promises "
              + (needed < 0 ? "more than 2^63" : needed)
              + " bytes of "
              + Arrays.toString(header.sizes)
              + ", expected at most the "
              + most
              + " that unpacking can give");
    }
    long length = header.offset + needed + 1;
    if (length > FileBytes.MAX_ARRAY) {
      throw new DataException(name, "unpacks to more than 2 GiB, expected it unpacked");
    }
    byte[] all = Arrays.copyOf(head, Math.max(HEAD, (int) length));
    int read = HEAD + in.readNBytes(all, HEAD, all.length - HEAD);
    return header.array(name, MemorySegment.ofArray(all).asSlice(0, read));
  }

  /// {@return how many bytes the numbers take; -1 if more than 2^63 - 1}
  private long bytes() {
    return NumberArray.bytes(type, sizes);
  }

  private NumberArray array(String name, MemorySegment bytes) throws DataException {
    if (!firstFastest) {
      NumberArray array = NumberArray.of(name, bytes, offset, type, order, sizes);
      if (alone && bytes.byteSize() > offset + bytes()) {
        throw new DataException(
            name,
            "goes on after the " + bytes() + " bytes of " + array.shape() + ", expected its end");
      }
      return array;
    }
    long[] reversed = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      reversed[i] = sizes[sizes.length - 1 - i];
    }
    return NumberArray.of(name, bytes, offset, type, order, reversed).reversed();
  }
}
