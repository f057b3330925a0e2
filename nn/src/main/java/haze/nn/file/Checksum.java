package haze.nn.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// What tells whether a file is the one that was written: its length and its CRC32C (RFC 3720,
/// 12.1), which finds every single flipped bit and every burst of up to 32.
///
/// @param bytes the length
/// @param crc32c the 32 bits of the checksum
public record Checksum(long bytes, int crc32c) {
  private static final int BUFFER_BYTES = 1 << 18;

  /// {@return the checksum of a file, which is read to its end}
  ///
  /// @throws IOException if there is no such regular file or it cannot be read
  public static Checksum of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new FileException(file, Files.exists(file) ? "not a file" : "no such file");
    }
    CRC32C crc = new CRC32C();
    long bytes = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        crc.update(buffer, 0, count);
        bytes += count;
      }
    } catch (IOException e) {
      throw FileException.of(file, "cannot be read", e);
    }
    return new Checksum(bytes, (int) crc.getValue());
  }

  /// {@return the checksum of bytes in memory}
  public static Checksum of(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    return new Checksum(content.length, (int) crc.getValue());
  }

  /// {@return the 32 bits as eight hexadecimal digits}
  public String hex() {
    return HexFormat.of().toHexDigits(crc32c);
  }
}
