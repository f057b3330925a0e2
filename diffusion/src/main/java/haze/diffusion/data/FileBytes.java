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

/// The bytes of a file, mapped.
final class FileBytes {
  /// The largest array that HotSpot allocates.
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private FileBytes() {}

  /// {@return the bytes of a file}
  ///
  /// @throws DataException if it cannot be read
  static MemorySegment of(Path file) throws DataException {
    String name = file.toString();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    } catch (NoSuchFileException e) {
      throw new DataException(name, "no such file", e);
    } catch (IOException e) {
      throw DataException.unreadable(name, e);
    }
  }

  /// {@return how many bytes a file has}
  ///
  /// @throws DataException if that cannot be found out
  static long size(Path file) throws DataException {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }

  /// {@return whether a file begins as one that is compressed by gzip}
  ///
  /// @throws DataException if it cannot be read
  static boolean isCompressed(Path file) throws DataException {
    try (InputStream in = Files.newInputStream(file)) {
      return Gzip.isMagic(in.readNBytes(2));
    } catch (NoSuchFileException e) {
      throw new DataException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }
}
