package haze.nn.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Passes bytes on to a file, sums them up, and names the file when one cannot be written.
final class Sink extends OutputStream {
  private final Path file;
  private final Disk.Output out;
  private final CRC32C crc = new CRC32C();
  private long bytes;

  Sink(Path file, Disk.Output out) {
    this.file = file;
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] values, int from, int count) throws IOException {
    FileException.naming(file, () -> out.write(values, from, count));
    crc.update(values, from, count);
    bytes += count;
  }

  void force() throws FileException {
    FileException.naming(file, out::force);
  }

  Checksum checksum() {
    return new Checksum(bytes, (int) crc.getValue());
  }

  @Override
  public void close() throws IOException {
    FileException.naming(file, out::close);
  }
}
