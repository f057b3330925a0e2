package haze.diffusion.figure;

import haze.diffusion.io.AtomicFile;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Writes a tensor as NumPy's `.npy`, so that other tools can measure samples.
///
/// Format version 1.0 (NumPy's `numpy.lib.format`): magic, version, length of the header, a Python
/// dictionary padded with spaces so that the data begins at a multiple of 64, data.
public final class Npy {
  private static final byte[] MAGIC_AND_VERSION = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;
  private static final int CHUNK = 1 << 14;

  private Npy() {}

  /// Writes a file that `numpy.load` gives as an array of float32 with the tensor's shape.
  ///
  /// @param tensor any shape
  /// @param file its place; replaced as a whole
  /// @throws IOException if the file cannot be written
  public static void write(Tensor tensor, Path file) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          out.write(header(tensor.shape()));
          writeData(tensor, out);
        });
  }

  /// Everything before the data.
  static byte[] header(Shape shape) {
    String sizes =
        Arrays.stream(shape.dims()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    String tuple = shape.rank() == 1 ? "(" + sizes + ",)" : "(" + sizes + ")";
    String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }";
    int before = MAGIC_AND_VERSION.length + Short.BYTES;
    int total = Math.ceilDiv(before + dictionary.length() + 1, ALIGNMENT) * ALIGNMENT;
    String padding = " ".repeat(total - before - dictionary.length() - 1);
    return ByteBuffer.allocate(total)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC_AND_VERSION)
        .putShort((short) (total - before))
        .put((dictionary + padding + "\n").getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  private static void writeData(Tensor tensor, OutputStream out) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int done = 0; done < tensor.size(); done += CHUNK) {
      int length = Math.min(CHUNK, tensor.size() - done);
      chunk.asFloatBuffer().put(tensor.data(), tensor.offset() + done, length);
      out.write(chunk.array(), 0, length * Float.BYTES);
    }
  }
}
