package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import haze.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxFileTest {
  @TempDir Path directory;

  @Test
  void aFileIsReadPlainAndCompressed() throws IOException {
    byte[] plain = IdxBytes.file(3, 2, 2);
    for (byte[] content : new byte[][] {plain, IdxBytes.gzip(plain)}) {
      Path file = Files.write(directory.resolve("images"), content);
      assertEquals("[3, 2, 2]", IdxFile.read(file).shape());
      ImageDataset data = ImageDataset.load(file);
      assertEquals(Shape.of(2, 2, 1), data.imageShape());
      for (int i = 0; i < 12; i++) {
        assertEquals(PixelScale.value(i), data.image(i / 4).toArray()[i % 4]);
      }
    }
  }

  @Test
  void anEmptyFileIsRefused() {
    assertRefused("is empty, expected an IDX file");
    assertRefused("is empty, expected an IDX file", IdxBytes.gzip(new byte[0]));
  }

  @Test
  void anotherFormatIsRefused() {
    assertRefused(
        "byte 0: begins with 89 50 4e 47, expected an IDX file:"
            + " 00 00, element type, number of axes",
        (byte) 0x89,
        'P',
        'N',
        'G',
        13,
        10);
    assertRefused(
        "byte 0: begins with 00 00 08, expected an IDX file:"
            + " 00 00, element type, number of axes",
        0,
        0,
        8);
  }

  /// Two images of 1 x 1 with the levels 2 and 200, big-endian, by hand; -56 is 200 of 8 bits.
  @ParameterizedTest
  @CsvSource({
    "09, 02 38, 2, 56",
    "0B, 0002 00C8, 2, 200",
    "0C, 00000002 000000C8, 2, 200",
    "0D, 40000000 43480000, 2, 200",
    "0E, 4000000000000000 4069000000000000, 2, 200"
  })
  void everyTypeOfElementIsRead(String type, String elements, int first, int second)
      throws IOException {
    String file = "0000" + type + "03" + "00000002" + "00000001" + "00000001" + elements;
    byte[] bytes = HexFormat.of().parseHex(file.replace(" ", ""));
    ImageDataset data = ImageDataset.load(Files.write(directory.resolve("images"), bytes));
    assertEquals(first / 127.5 - 1, data.image(0).toArray()[0], 1e-7);
    assertEquals(second / 127.5 - 1, data.image(1).toArray()[0], 1e-7);
  }

  @Test
  void anUnknownTypeOfElementIsRefused() {
    byte[] content = IdxBytes.file(3, 2, 2);
    content[2] = 0x42;
    assertRefused("byte 2: has element type 42, expected 08, 09, 0b, 0c, 0d or 0e", content);
  }

  @Test
  void labelsAndATestSetAreFoundByTheirUsualNames() throws IOException {
    Path images = directory.resolve("train-images-idx3-ubyte.gz");
    Files.write(images, IdxBytes.gzip(IdxBytes.file(3, 2, 2)));
    assertFalse(ImageDataset.load(images).hasLabels());
    Files.write(directory.resolve("train-labels-idx1-ubyte"), IdxBytes.file(3));
    assertEquals(3, ImageDataset.load(images).classes());
    assertTrue(DataFormat.open(images, DataOptions.NONE).test().isEmpty());
    Files.write(directory.resolve("t10k-images-idx3-ubyte"), IdxBytes.file(2, 2, 2));
    Files.write(directory.resolve("t10k-labels-idx1-ubyte.gz"), IdxBytes.gzip(IdxBytes.file(2)));
    ImageDataset test = DataFormat.open(images, DataOptions.NONE).test().orElseThrow().load();
    assertEquals(2, test.count());
    assertEquals(1, test.label(1));
  }

  @Test
  void ofLabelsInColumnsTheFirstCounts() throws IOException {
    Path images = Files.write(directory.resolve("a"), IdxBytes.file(3, 2, 2));
    Path labels = Files.write(directory.resolve("b"), IdxBytes.file(3, 4));
    ImageDataset data = ImageDataset.load(images, labels);
    assertEquals(8, data.label(2));
    Files.write(labels, IdxBytes.file(4));
    assertEquals(
        images + ": holds 3 images, but there are 4 labels",
        assertThrows(DataException.class, () -> ImageDataset.load(images, labels)).getMessage());
  }

  @Test
  void aHeaderThatEndsTooSoonIsRefused() {
    assertRefused(
        "byte 8: ends before the size of axis 1 of 3", Arrays.copyOf(IdxBytes.file(3, 2, 2), 11));
  }

  @Test
  void missingBytesAreRefused() {
    byte[] content = IdxBytes.fileWith(11, 3, 2, 2);
    assertRefused("ends after 11 of the 12 bytes of [3, 2, 2]", content);
    assertRefused("ends after 11 of the 12 bytes of [3, 2, 2]", IdxBytes.gzip(content));
  }

  @Test
  void bytesTooManyAreRefused() {
    byte[] content = IdxBytes.fileWith(13, 3, 2, 2);
    assertRefused("goes on after the 12 bytes of [3, 2, 2], expected its end", content);
    assertRefused(
        "goes on after the 12 bytes of [3, 2, 2], expected its end", IdxBytes.gzip(content));
  }

  @Test
  void sizesThatNoArrayHoldsAreRefused() {
    assertRefused(
        "ends after 0 of the 4294967295 bytes of [4294967295, 1, 1]",
        IdxBytes.fileWith(0, -1, 1, 1));
    assertRefused(
        "ends after 0 of the more than 2^63 bytes of [4294967295, 4294967295, 4294967295]",
        IdxBytes.fileWith(0, -1, -1, -1));
  }

  @Test
  void aHugeDeclaredSizeTakesNoMemory() {
    int huge = Integer.MAX_VALUE - 8;
    long before = usedMemory();
    assertRefused(
        "ends after 5 of the 2147483639 bytes of [2147483639]", IdxBytes.fileWith(5, huge));
    long taken = usedMemory() - before;
    assertTrue(taken < huge / 2, () -> taken + " bytes were taken as declared");
  }

  /// What is packed goes on for 64 MB behind the 12 bytes that are promised; or 2 GB are promised,
  /// more than so few packed bytes can have.
  @Test
  void whatIsPackedIsUnpackedAsFarAsTheHeaderPromises() throws IOException {
    Path file = directory.resolve("a.idx.gz");
    Files.write(file, IdxBytes.gzip(IdxBytes.fileWith(1 << 26, 3, 2, 2)));
    assertRefusedWithLittleMemory(
        file, "goes on after the 12 bytes of [3, 2, 2], expected its end");
    Files.write(file, IdxBytes.gzip(IdxBytes.fileWith(1 << 20, Integer.MAX_VALUE - 64)));
    assertRefusedWithLittleMemory(
        file,
        "promises 2147483583 bytes of [2147483583], expected at most the "
            + 1032 * Files.size(file)
            + " that unpacking can give");
  }

  private static void assertRefusedWithLittleMemory(Path file, String problem) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertEquals(
        file + ": " + problem,
        assertThrows(DataException.class, () -> IdxFile.read(file)).getMessage());
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < 1 << 20, () -> taken + " bytes");
  }

  @Test
  void aPackedArrayIsReadAtAnyLength() throws IOException {
    Path file = directory.resolve("a.idx.gz");
    for (int length : new int[] {0, 1, 16_375, 16_376, 16_377, 100_000}) {
      byte[] content = IdxBytes.file(length);
      Files.write(file, IdxBytes.gzip(content));
      NumberArray array = IdxFile.read(file);
      assertEquals(content.length, array.bytes().byteSize());
      assertEquals(
          -1, array.bytes().mismatch(MemorySegment.ofArray(content)), () -> length + " numbers");
    }
  }

  @Test
  void damagedCompressionIsRefused() {
    byte[] whole = IdxBytes.gzip(IdxBytes.file(3, 20, 20));
    byte[] wrongSum = whole.clone();
    wrongSum[whole.length - 8] ^= 1;
    assertRefused("its gzip compression is damaged: Corrupt GZIP trailer", wrongSum);
    for (int length : new int[] {5, whole.length / 2, whole.length - 1}) {
      assertRefused("its gzip compression is cut off", Arrays.copyOf(whole, length));
    }
  }

  @Test
  void whatCannotBeReadIsNamed() {
    Path missing = directory.resolve("missing");
    assertEquals(
        missing + ": no such file",
        assertThrows(DataException.class, () -> IdxFile.read(missing)).getMessage());
    String message = assertThrows(DataException.class, () -> IdxFile.read(directory)).getMessage();
    assertTrue(message.startsWith(directory + ": cannot be read: "), message);
  }

  @Property(tries = 3000)
  void randomDamageGivesAnErrorWithTheNameOrAValidFile(
      @ForAll long seed, @ForAll boolean compressed, @ForAll @IntRange(min = 1, max = 6) int wounds)
      throws IOException {
    byte[] plain = IdxBytes.file(5, 4, 3, 1);
    byte[] content = compressed ? IdxBytes.gzip(plain) : plain;
    var random = new Random(seed);
    for (int i = 0; i < wounds; i++) {
      content = damage(content, random);
    }
    try {
      NumberArray file = IdxBytes.read(content);
      long end = file.offset() + NumberArray.bytes(file.type(), file.sizes());
      assertEquals(end, file.bytes().byteSize());
    } catch (DataException e) {
      assertTrue(e.getMessage().startsWith("x.idx: "), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
      assertFalse(e.getMessage().contains("null"), e.getMessage());
    }
  }

  private static byte[] damage(byte[] content, Random random) {
    // Half the wounds are in the first bytes, where the header is.
    int bound = random.nextBoolean() ? content.length : Math.min(24, content.length);
    int place = bound == 0 ? 0 : random.nextInt(bound);
    int kind = random.nextInt(3);
    if (kind == 0 || content.length == 0) {
      return Arrays.copyOf(content, random.nextInt(content.length + 8));
    }
    byte[] damaged = content.clone();
    damaged[place] =
        (byte) (kind == 1 ? random.nextInt(256) : damaged[place] ^ (1 << random.nextInt(8)));
    return damaged;
  }

  private static long usedMemory() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static void assertRefused(String problem, int... content) {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) content[i];
    }
    assertRefused(problem, bytes);
  }

  private static void assertRefused(String problem, byte[] content) {
    DataException e = assertThrows(DataException.class, () -> IdxBytes.read(content));
    assertEquals("x.idx: " + problem, e.getMessage());
  }
}
