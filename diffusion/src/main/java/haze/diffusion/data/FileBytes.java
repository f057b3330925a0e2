package haze.diffusion.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The bytes of a file: mapped, or, if the file is compressed by gzip, unpacked in memory.
final class FileBytes {
  /// The largest array that HotSpot allocates.
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private FileBytes() {}

  /// {@return the bytes of a file}
  ///
  /// @throws DataException if it cannot be read, or unpacks to more than an array holds
  static MemorySegment of(Path file) throws DataException {
    String name = file.toString();
    try {
      if (isCompressed(file)) {
        try (InputStream in = Files.newInputStream(file)) {
          byte[] bytes = Gzip.read(name, in, unpacked -> all(name, unpacked));
          return MemorySegment.ofArray(bytes);
        }
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      }
    } catch (DataException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new DataException(name, "no such file", e);
    } catch (IOException e) {
      throw new DataException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] all(String name, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_ARRAY);
    if (in.read() >= 0) {
      throw new DataException(name, "unpacks to more than 2 GiB, expected it unpacked");
    }
    return bytes;
  }

  private static boolean isCompressed(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Gzip.isMagic(in.readNBytes(2));
    }
  }
}
