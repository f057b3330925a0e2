package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  @TempDir Path directory;

  @Test
  void theFileIsWhatNumpySaves() throws IOException {
    // numpy.save of float32 [[0, 1, 2], [-1, 0.5, 1e-3]] as NumPy 1.24 writes it.
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    String expected =
        "\u0093NUMPY\1\0\166\0"
            + header
            + " ".repeat(58)
            + "\n"
            + "\0\0\0\0\0\0\u0080\u003f"
            + "\0\0\0\u0040\0\0\u0080\u00bf\0\0\0\u003f\u006f\u0012\u0083\u003a";
    Path file = directory.resolve("array.npy");
    Npy.write(Tensor.of(Shape.of(2, 3), 0, 1, 2, -1, 0.5f, 1e-3f), file);
    assertEquals(expected, Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"0; (0,)", "7; (7,)", "1,2,3,4; (1, 2, 3, 4)"})
  void shapesAreTuples(String sizes, String tuple) {
    int[] dims = Arrays.stream(sizes.split(",")).mapToInt(Integer::parseInt).toArray();
    assertHeader(tuple, Npy.header(Shape.of(dims)));
  }

  @Test
  void aScalarHasAnEmptyShape() {
    assertHeader("()", Npy.header(Shape.of()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16383, 16384, 16385, 50000})
  void everyElementIsWritten(int size) throws IOException {
    Tensor larger = Tensor.zeros(size + 2);
    for (int i = 0; i < larger.size(); i++) {
      larger.set(i, i);
    }
    Path file = directory.resolve("array.npy");
    Npy.write(larger.slice(1, size), file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(Npy.header(Shape.of(size)).length);
    float[] read = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(read);
    assertArrayEquals(larger.slice(1, size).toArray(), read);
  }

  private static void assertHeader(String tuple, byte[] header) {
    String text = new String(header, StandardCharsets.ISO_8859_1);
    assertEquals(
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }",
        text.substring(10).strip());
    assertEquals(0, header.length % 64);
    assertEquals(header.length - 10, header[8] + (header[9] << 8));
    assertEquals('\n', text.charAt(header.length - 1));
  }
}
