package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The files that NumPy wrote, see `golden/numpy/make.py`, and files by hand.
class NpyFileTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/numpy");

  @TempDir Path directory;

  private static ImageDataset golden(String name) throws IOException {
    return ImageDataset.load(GOLDEN.resolve(name));
  }

  private static void assertLevels(ImageDataset data, int channels) {
    assertEquals(3, data.count());
    assertEquals(Shape.of(4, 4, channels), data.imageShape());
    for (int n = 0; n < 3; n++) {
      float[] image = data.image(n).toArray();
      for (int i = 0; i < image.length; i++) {
        int c = i % channels;
        int x = i / channels % 4;
        int y = i / channels / 4;
        int level = (n * 97 + y * 31 + x * 11 + c * 57) % 256;
        assertEquals(level / 127.5 - 1, image[i], 2e-7, n + ", " + y + ", " + x + ", " + c);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grey",
        "grey-channel",
        "grey-flat",
        "grey-f4-unit",
        "grey-f4-big-endian-levels",
        "grey-f8-fortran-symmetric",
        "grey-i8-fortran",
        "grey-u2-big-endian",
        "grey-f2",
        "grey-version-2",
        "grey-version-3"
      })
  void everyFormOfGreyImagesGivesTheSame(String name) throws IOException {
    assertLevels(golden(name + ".npy"), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"colour", "colour-channels-first", "colour-fortran"})
  void everyFormOfColourGivesTheSame(String name) throws IOException {
    assertLevels(golden(name + ".npy"), 3);
  }

  @Test
  void theRangeOfNumbersIsFoundAndTold() throws IOException {
    assertEquals(List.of(), golden("grey.npy").notes());
    assertEquals(
        List.of("values from 0.0 to 1.0: taken as 0 to 1; --range says otherwise"),
        golden("grey-f4-unit.npy").notes().stream()
            .map(note -> note.replaceAll("0\\.9\\d+", "1.0"))
            .toList());
    assertTrue(
        golden("grey-f8-fortran-symmetric.npy")
            .notes()
            .getFirst()
            .endsWith("-1 to 1; --range says" + " otherwise"));
  }

  @Test
  void aRangeThatIsGivenIsTaken() throws IOException {
    Path file = GOLDEN.resolve("grey.npy");
    ValueRange wide = ValueRange.parse("-100, 300");
    ImageDataset data = ImageDataset.load(file, DataOptions.NONE.withRange(wide));
    assertEquals((0 + 100) / 200f - 1, data.image(0).toArray()[0]);
    Path floats = GOLDEN.resolve("grey-f4-big-endian-levels.npy");
    assertEquals(
        floats + ": holds values from 0.0 to 255.0, expected 0 to 1 as --range says",
        assertThrows(
                DataException.class,
                () ->
                    ImageDataset.load(floats, DataOptions.NONE.withRange(ValueRange.parse("0,1"))))
            .getMessage()
            .replaceAll("to 2\\d\\d\\.0,", "to 255.0,"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1,0", "a,b", "0,NaN", "0,Infinity", "1,2,3"})
  void aRangeThatIsNoneIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> ValueRange.parse(text));
  }

  @Test
  void truthValuesAreBlackAndWhite() throws IOException {
    ImageDataset data = golden("bool.npy");
    for (int n = 0; n < 3; n++) {
      for (float value : data.image(n).toArray()) {
        assertEquals(1, Math.abs(value));
      }
    }
  }

  @Test
  void anArchiveHasImagesLabelsAndATestSet() throws IOException {
    ImageDataset data = golden("stored.npz");
    assertLevels(data, 3);
    assertEquals(List.of(2, 0, 5), List.of(data.label(0), data.label(1), data.label(2)));
    DataParts parts = DataFormat.open(GOLDEN.resolve("stored.npz"), DataOptions.NONE);
    ImageDataset test = parts.test().orElseThrow().load();
    assertEquals(1, test.count());
    assertEquals(2, test.label(0));
    ImageDataset positional = golden("deflated.npz");
    assertLevels(positional, 3);
    assertEquals(5, positional.label(2));
  }

  @Test
  void labelsLieBesideTheImages() throws IOException {
    Path images = directory.resolve("x_train.npy");
    Files.copy(GOLDEN.resolve("grey.npy"), images);
    assertFalse(ImageDataset.load(images).hasLabels());
    Files.write(
        directory.resolve("y_train.npy"), npy("|u1", "False", "(3,)", new byte[] {1, 0, 1}));
    ImageDataset data = ImageDataset.load(images);
    assertEquals(2, data.classes());
    assertEquals(1, data.label(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "<f4; False; (1, 2, 2); 15; ends after 15 of the 16 bytes of [1, 2, 2]",
        "|u1; False; (4611686018427387904, 4, 1); 8;"
            + " ends after 8 of the more than 2^63 bytes of [4611686018427387904, 4, 1]",
        "|u1; True; (0, 2, 2); 0; holds no image: [0, 2, 2]",
        "|u1; False; (9223372036854775808, 1); 8;"
            + " axis 0 has size '9223372036854775808', expected a whole number",
        "|u1; False; (1, 2, 2, 4); 16; holds [1, 2, 2, 4], expected images [n, h, w], [n, h, w, c]"
            + " or [n, c, h, w] with 1 or 3 channels, or [n, d] where d is a square",
        "|u1; False; (2, 5); 10; holds [2, 5], expected images [n, h, w], [n, h, w, c]"
            + " or [n, c, h, w] with 1 or 3 channels, or [n, d] where d is a square",
        "|u1; False; (4,); 4; holds [4], expected images [n, h, w], [n, h, w, c]"
            + " or [n, c, h, w] with 1 or 3 channels, or [n, d] where d is a square",
        "|u1; False; (); 4; holds [], expected images [n, h, w], [n, h, w, c]"
            + " or [n, c, h, w] with 1 or 3 channels, or [n, d] where d is a square",
        "|O; False; (4,); 4; holds '|O', expected numbers of 1 to 8 bytes or truth values",
        "<f16; False; (4,); 64; holds '<f16', expected numbers of 1 to 8 bytes or truth values",
      })
  void whatDoesNotFitIsRefused(String type, String fortran, String shape, int bytes, String problem)
      throws IOException {
    Path file = directory.resolve("a.npy");
    Files.write(file, npy(type, fortran, shape, new byte[bytes]));
    assertEquals(
        file + ": " + problem,
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2), 'more': 'x'}",
        "{'descr': '|u1', 'fortran_order': False}",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (1, 2, 2)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2, 2)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': [1, 2, 2]}",
        "__import__('os')",
        "{}",
        "{",
        ""
      })
  void otherHeadersAreRefused(String header) throws IOException {
    Path file = Files.write(directory.resolve("a.npy"), npy(header, new byte[4]));
    String message = assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": has header '"), message);
  }

  @Test
  void pythonsOtherSpellingsAreRead() throws IOException {
    byte[] header =
        npy(
            "{ \"shape\" : (1L , 2L, 2L,) ,'fortran_order':False,'descr':'uint8'}",
            new byte[] {0, 51, 102, (byte) 255});
    ImageDataset data = ImageDataset.load(Files.write(directory.resolve("a.npy"), header));
    assertArrayEquals(
        new float[] {-1, 51 / 127.5f - 1, 102 / 127.5f - 1, 1}, data.image(0).toArray());
  }

  @Test
  void valuesThatAreNoNumbersAreRefused() throws IOException {
    ByteBuffer values = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    values.putFloat(0.5f).putFloat(Float.NaN).putFloat(0).putFloat(1);
    Path file =
        Files.write(directory.resolve("a.npy"), npy("<f4", "False", "(1, 2, 2)", values.array()));
    assertEquals(
        file + ": holds NaN or infinite values, expected numbers",
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
    values.putFloat(4, -3);
    Files.write(file, npy("<f4", "False", "(1, 2, 2)", values.array()));
    assertEquals(
        file
            + ": holds values from -3 to 1, expected 0 to 1, -1 to 1 or 0 to 255; --range LOW,HIGH"
            + " says which are black and white",
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
  }

  @Test
  void anArchiveWithoutImagesIsRefused() throws IOException {
    Path file = directory.resolve("a.npz");
    zip(file, "b.npy", "a.npy");
    assertEquals(
        file
            + ": holds a, b, expected images under a usual name, such as x_train, train_images,"
            + " train_x, images, image, data, imgs, x, arr_0",
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
    zip(file, "readme.txt");
    assertEquals(
        file + ": holds no array NAME.npy",
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
  }

  private static void zip(Path file, String... members) throws IOException {
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String member : members) {
        out.putNextEntry(new ZipEntry(member));
        out.write(npy("|u1", "False", "(1, 2, 2)", new byte[4]));
      }
    }
  }

  @Property(tries = 2000)
  void randomDamageGivesAnErrorInOneLineOrImages(@ForAll long seed, @ForAll boolean archive)
      throws IOException {
    Path whole = GOLDEN.resolve(archive ? "deflated.npz" : "colour.npy");
    byte[] bytes = Files.readAllBytes(whole);
    var random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      int bound = random.nextBoolean() ? 130 : bytes.length;
      bytes[random.nextInt(bound)] = (byte) random.nextInt(256);
    }
    int length = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length);
    Path file = Files.createTempFile("damaged", archive ? ".npz" : ".npy");
    try {
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      ImageDataset data = ImageDataset.load(file);
      data.image(data.count() - 1);
    } catch (DataException e) {
      assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  private static byte[] npy(String type, String fortran, String shape, byte[] data) {
    return npy(
        "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }",
        data);
  }

  private static byte[] npy(String header, byte[] data) {
    var out = new ByteArrayOutputStream();
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(text.length & 255);
    out.write(text.length >> 8);
    out.writeBytes(text);
    out.writeBytes(data);
    return out.toByteArray();
  }
}
