package haze.diffusion.data;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/// Makes IDX files in memory for the tests.
final class IdxBytes {
  private IdxBytes() {}

  /// A file with these sizes and as many bytes 0, 1, 2, ...
  static byte[] file(int... sizes) {
    int count = 1;
    for (int size : sizes) {
      count *= size;
    }
    return file(count, sizes);
  }

  /// A file that declares these sizes but has `count` bytes.
  static byte[] fileWith(int count, int... sizes) {
    return file(count, sizes);
  }

  private static byte[] file(int count, int[] sizes) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + count);
    bytes.put(new byte[] {0, 0, 8, (byte) sizes.length});
    for (int size : sizes) {
      bytes.putInt(size);
    }
    for (int i = 0; i < count; i++) {
      bytes.put((byte) i);
    }
    return bytes.array();
  }

  static byte[] gzip(byte[] content) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static ImageDataset dataset(byte[] content, int... labels) throws IOException {
    return ArrayImages.dataset(read(content), labels, Optional.empty());
  }

  static NumberArray read(byte[] content) throws IOException {
    return IdxFile.read("x.idx", new ByteArrayInputStream(content));
  }
}
