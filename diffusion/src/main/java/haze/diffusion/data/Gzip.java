package haze.diffusion.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Reads files that may be compressed by gzip, which is seen from their first bytes.
final class Gzip {
  private static final byte[] MAGIC = {0x1f, (byte) 0x8b};

  private Gzip() {}

  /// What is read from a file.
  @FunctionalInterface
  interface Reader<T> {
    T read(InputStream uncompressed) throws IOException;
  }

  /// {@return whether these are the two bytes that a compressed file begins with}
  static boolean isMagic(byte[] head) {
    return Arrays.equals(head, MAGIC);
  }

  /// Reads a stream.
  ///
  /// @param name what to call it in messages
  /// @param in the content, compressed or not; may be closed afterwards
  /// @throws DataException if the compression is damaged
  static <T> T read(String name, InputStream in, Reader<T> reader) throws IOException {
    var buffered = new BufferedInputStream(in);
    buffered.mark(MAGIC.length);
    boolean compressed = isMagic(buffered.readNBytes(MAGIC.length));
    buffered.reset();
    if (!compressed) {
      return reader.read(buffered);
    }
    try (var unpacked = new GZIPInputStream(buffered)) {
      return reader.read(unpacked);
    } catch (EOFException e) {
      throw new DataException(name, "its gzip compression is cut off", e);
    } catch (ZipException e) {
      throw new DataException(name, "its gzip compression is damaged: " + e.getMessage(), e);
    }
  }
}
