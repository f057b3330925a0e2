package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.Snappy;

/// Files of another writer, see `golden/parquet/ORIGIN.md`.
class ParquetFilesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/parquet");

  @TempDir Path directory;

  private static void assertImages(ImageDataset data, int count) {
    assertEquals(count, data.count());
    assertEquals(Shape.of(3, 4, 3), data.imageShape());
    assertEquals(2, data.classes());
    assertEquals("dog", data.className(1));
    // Not in their order, as a training reads them.
    for (int i = count - 1; i >= 0; i--) {
      float[] image = data.image(i).toArray();
      for (int k = 0; k < image.length; k++) {
        assertEquals((i % 20 * 37 + k * 11) % 256, PixelScale.level(image[k]), "image " + i);
      }
      assertEquals(i % 20 % 3 == 0 ? 1 : 0, data.label(i));
    }
    assertEquals(0, data.unreadable().count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"uncompressed", "snappy", "gzip"})
  void imagesAndClassesAreRead(String name) throws IOException {
    assertImages(ImageDataset.load(GOLDEN.resolve(name + ".parquet")), 20);
  }

  @Test
  void aCompressionThatNeedsNativeCodeIsNamed() {
    Path file = GOLDEN.resolve("zstd.parquet");
    String problem = assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage();
    assertEquals(
        file + ": is compressed by ZSTD, expected one of [UNCOMPRESSED, SNAPPY, GZIP]", problem);
  }

  @Test
  void aDirectoryOfShardsIsReadInItsOrderWithItsTestSet() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Path shard = GOLDEN.resolve("snappy.parquet");
    Files.copy(shard, data.resolve("train-00000-of-00002.parquet"));
    Files.copy(shard, data.resolve("train-00001-of-00002.parquet"));
    Files.copy(GOLDEN.resolve("gzip.parquet"), data.resolve("validation-00000-of-00001.parquet"));
    assertImages(ImageDataset.load(directory), 40);
    DataParts parts = DataFormat.open(directory, DataOptions.NONE);
    assertImages(parts.test().orElseThrow().load(), 20);
    Files.copy(shard, data.resolve("test-00000-of-00001.parquet"));
    Files.delete(data.resolve("validation-00000-of-00001.parquet"));
    assertImages(DataFormat.open(directory, DataOptions.NONE).test().orElseThrow().load(), 20);
  }

  @Test
  void aFileThatIsCutOffIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(GOLDEN.resolve("snappy.parquet"));
    for (int length : new int[] {4, 11, 100, whole.length - 1}) {
      Path file = Files.write(directory.resolve("a.parquet"), Arrays.copyOf(whole, length));
      String problem =
          assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage();
      assertTrue(problem.startsWith(file + ": is damaged: "), problem);
      assertFalse(problem.contains("\n"), problem);
    }
  }

  /// The library would take 2 GB for the text, count to 2^31 for the list of lists that have no
  /// bytes, and recurse for the structures.
  @ParameterizedTest
  @CsvSource({
    "18 ffffffff07, a size of 2147483647",
    "18 ffffffff7f 00, a size of 34359738367",
    "18 ffffffffffffffffff01, a size of -1",
    "18 ffffffffffffffffffff01, more than 64 bits",
    "19 f8 ffffffff07, a size of 2147483647",
    "1b ffffffff07 58, a size of 2147483647",
    "1c 1c 1c 1c 1c 1c 1c 1c, cut off",
    "1d, a field of type 13"
  })
  void sizesInTheMetadataAreJudgedBeforeMemoryIsTaken(String metadata, String problem)
      throws IOException {
    assertRefused(HexFormat.of().parseHex(metadata.replace(" ", "")), problem);
  }

  @Test
  void structuresWithinStructuresAreCounted() throws IOException {
    byte[] deep = new byte[100_000];
    Arrays.fill(deep, (byte) 0x1C);
    assertRefused(deep, "more than 32 levels");
    Arrays.fill(deep, (byte) 0x19);
    assertRefused(deep, "more than 32 levels");
  }

  private void assertRefused(byte[] metadata, String problem) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(metadata.length + 12).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = "PAR1".getBytes(StandardCharsets.US_ASCII);
    out.put(magic).put(metadata).putInt(metadata.length).put(magic);
    Path file = Files.write(directory.resolve("a.parquet"), out.array());
    String message = assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": is damaged: its metadata "), message);
    assertTrue(message.contains(problem), message);
  }

  /// What is damaged is refused, or the rows that it is in cannot be read.
  @Property(tries = 300)
  void randomDamageEndsInOneLine(@ForAll long seed) throws IOException {
    byte[] bytes = Files.readAllBytes(GOLDEN.resolve("snappy.parquet"));
    var random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    Path file = Files.createTempFile("damaged", ".parquet");
    try {
      ImageDataset data = ImageDataset.load(Files.write(file, bytes));
      for (int i = 0; i < data.count(); i++) {
        data.image(i);
      }
    } catch (DataException e) {
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
    } catch (java.io.UncheckedIOException e) {
      assertTrue(e.getMessage().contains("none of "), e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  /// By hand, after the description of the format: literals, and copies with 1, 2 and 4 bytes of
  /// offset, one of which overlaps itself.
  @ParameterizedTest
  @CsvSource({
    "00, ''",
    "03 08 616263, 616263",
    "0a 08 616263 0d 03, 61626361626361626361",
    "09 08 616263 16 0300, 616263616263616263",
    "07 00 61 17 01000000, 61616161616161",
    "03 f0 02 616263, 616263",
    "03 f4 0200 616263, 616263"
  })
  void snappyBlocksAreUnpacked(String block, String expected) throws IOException {
    byte[] packed = HexFormat.of().parseHex(block.replace(" ", ""));
    ByteBuffer out = ByteBuffer.allocateDirect(64);
    int length = Snappy.uncompress(ByteBuffer.wrap(packed), out);
    byte[] unpacked = new byte[length];
    out.get(unpacked);
    assertEquals(expected, HexFormat.of().formatHex(unpacked));
    assertEquals(length, out.limit());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "80",
        "ffffffffff 01",
        "41 08 616263",
        "03 08 6162",
        "02 08 616263",
        "04 08 616263",
        "07 08 616263 01 04",
        "07 08 616263 01 00",
        "04 08 616263 01 03",
        "07 08 616263 01",
        "03 fc ffffffff 616263"
      })
  void damagedSnappyBlocksAreRefused(String block) {
    byte[] packed = HexFormat.of().parseHex(block.replace(" ", ""));
    assertThrows(
        IOException.class,
        () -> Snappy.uncompress(ByteBuffer.wrap(packed), ByteBuffer.allocate(64)));
  }
}
