package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
      IdxFile file = IdxFile.read(Files.write(directory.resolve("images"), content));
      assertEquals(Shape.of(3, 2, 2), file.shape());
      assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, file.bytes());
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

  @ParameterizedTest
  @CsvSource({
    "9, signed bytes (type 09)",
    "11, 16-bit integers (type 0b)",
    "12, 32-bit integers (type 0c)",
    "13, 32-bit floats (type 0d)",
    "14, 64-bit floats (type 0e)",
    "66, elements of an unknown type (type 42)"
  })
  void otherElementsAreRefusedByName(int type, String name) {
    byte[] content = IdxBytes.file(3, 2, 2);
    content[2] = (byte) type;
    assertRefused("byte 2: holds " + name + ", expected unsigned bytes (type 08)", content);
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
        "byte 4: axis 0 has size 4294967295, expected at most 2147483639 bytes in all",
        IdxBytes.fileWith(0, -1, 1, 1));
    assertRefused(
        "byte 8: axis 1 has size 65536, expected at most 2147483639 bytes in all",
        IdxBytes.fileWith(0, 65536, 65536, 65536));
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
      IdxFile file = IdxBytes.read(content);
      assertEquals(file.shape().size(), file.bytes().length);
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
