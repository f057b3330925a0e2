package haze.nn.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.safetensors.DType;
import haze.nn.safetensors.TensorFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that PyTorch wrote, see `golden/ORIGIN.md`: multiples of 1/8 from 0 to 23/8 in several
/// types and views.
class PyTorchFileTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/pytorch");

  @TempDir Path directory;

  private static float[] eighths(double factor, double more) {
    float[] values = new float[24];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (i / 8.0 * factor + more);
    }
    return values;
  }

  private static void assertHolds(TensorFile file, String name, Shape shape, float... values)
      throws IOException {
    assertEquals(shape, Objects.requireNonNull(file.entries().get(name)).shape(), name);
    assertEquals(shape, file.tensor(name).shape(), name);
    assertArrayEquals(values, file.tensor(name).toArray(), 0, name);
  }

  @Test
  void tensorsAreReadInEveryTypeAndView() throws IOException {
    try (PyTorchFile file = PyTorchFile.open(GOLDEN.resolve("tensors.bin"))) {
      assertEquals(
          List.of(
              "f32",
              "f16",
              "bf16",
              "f64",
              "i64",
              "u8",
              "bool",
              "transposed",
              "part",
              "expanded",
              "scalar",
              "empty",
              "parameter"),
          List.copyOf(file.entries().keySet()));
      float[] eighths = eighths(1, 0);
      assertHolds(file, "f32", Shape.of(2, 3, 4), eighths);
      assertHolds(file, "f16", Shape.of(4, 6), eighths(0.5, 0));
      assertHolds(file, "bf16", Shape.of(24), eighths(2, 0));
      assertHolds(file, "f64", Shape.of(24), eighths(1, 0.5));
      float[] transposed = new float[24];
      for (int i = 0; i < 24; i++) {
        // [c, a, b] of [a, b, c]
        transposed[i] = eighths[(i % 6) * 4 + i / 6];
      }
      assertHolds(file, "transposed", Shape.of(4, 2, 3), transposed);
      assertHolds(file, "part", Shape.of(2, 3), 6 / 8f, 8 / 8f, 10 / 8f, 12 / 8f, 14 / 8f, 16 / 8f);
      assertHolds(file, "expanded", Shape.of(1), 3 / 8f);
      assertHolds(file, "scalar", Shape.of(), 2.5f);
      assertHolds(file, "empty", Shape.of(0, 3));
      assertHolds(file, "parameter", Shape.of(1, 2), 1, -2);
      assertEquals(DType.BF16, Objects.requireNonNull(file.entries().get("bf16")).dtype());
      assertEquals(
          GOLDEN.resolve("tensors.bin")
              + ": tensor \"i64\": expected F32, F16, BF16 or F64, found I64",
          assertThrows(TensorFileException.class, () -> file.tensor("i64")).getMessage());
      assertEquals(
          GOLDEN.resolve("tensors.bin") + ": has no tensor \"f17\"",
          assertThrows(TensorFileException.class, () -> file.tensor("f17")).getMessage());
    }
  }

  @Test
  void aModulesParametersAreRead() throws IOException {
    try (PyTorchFile file = PyTorchFile.open(GOLDEN.resolve("module.bin"))) {
      assertHolds(file, "first.weight", Shape.of(3, 2), 0, 1, 2, 3, 4, 5);
      assertHolds(file, "first.bias", Shape.of(3), 1, 2, 3);
      assertHolds(file, "norm.weight", Shape.of(3), 2, 3, 4);
      assertHolds(file, "norm.bias", Shape.of(3), 3, 4, 5);
      assertEquals(4, file.entries().size());
    }
    try (PyTorchFile file = PyTorchFile.open(GOLDEN.resolve("protocol5.bin"))) {
      assertHolds(file, "f32", Shape.of(24), eighths(1, 0));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fraction.bin | the pickle names "fractions.Fraction", expected nothing but tensors and dictionaries of them
          nested.bin   | expected a dictionary of tensors, but "state_dict" is a dictionary
          tensor.bin   | expected a dictionary of tensors, found a tensor
          old.bin      | expected a ZIP archive, as torch.save writes since PyTorch 1.6
          expanded.bin | not a pickle of tensors: a tensor [1000, 2] that its storage of 2 elements does not hold
          missing.bin  | no such file
          """)
  void whatIsNoDictionaryOfTensorsIsRefused(String name, String problem) {
    Path path = GOLDEN.resolve(name);
    assertEquals(
        path + ": " + problem,
        assertThrows(TensorFileException.class, () -> PyTorchFile.open(path)).getMessage());
  }

  /// Whatever bytes are changed, the file is read or refused by an exception that names it.
  @Test
  void aDamagedFileIsReadOrRefused() throws IOException {
    byte[] whole = Files.readAllBytes(GOLDEN.resolve("tensors.bin"));
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] damaged =
          i % 10 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int changes = i % 10; changes > 0; changes--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      refused += isRefused(damaged) ? 1 : 0;
    }
    assertTrue(refused > 200, "refused " + refused);
  }

  /// Changes of the pickle alone, past the archive's own checks.
  @Test
  void aDamagedPickleIsReadOrRefused() throws IOException {
    byte[] program;
    try (var zip = new java.util.zip.ZipFile(GOLDEN.resolve("tensors.bin").toFile());
        var in = zip.getInputStream(zip.getEntry("tensors/data.pkl"))) {
      program = in.readAllBytes();
    }
    assertEquals(13, Unpickler.tensors("file", program).size());
    Random random = new Random(2);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = program.clone();
      for (int changes = 1 + i % 3; changes > 0; changes--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        Unpickler.tensors("file", damaged);
      } catch (TensorFileException e) {
        assertTrue(e.getMessage().startsWith("file: ") && e.getMessage().lines().count() == 1);
        refused++;
      }
    }
    assertTrue(refused > 10_000, "refused " + refused);
  }

  private boolean isRefused(byte[] content) throws IOException {
    Path path = Files.write(directory.resolve("damaged.bin"), content);
    try (PyTorchFile file = PyTorchFile.open(path)) {
      for (String name : file.entries().keySet()) {
        if (Objects.requireNonNull(file.entries().get(name)).dtype().isFloat()) {
          Tensor tensor = file.tensor(name);
          assertTrue(tensor.size() <= 24);
        }
      }
      return false;
    } catch (TensorFileException e) {
      assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
      return true;
    }
  }
}
