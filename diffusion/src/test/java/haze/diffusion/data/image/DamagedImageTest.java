package haze.diffusion.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is cut off or damaged is refused in one line, and never with anything but an
/// [ImageException].
class DamagedImageTest {
  static Stream<String> files() throws IOException {
    return RecordedLevelsTest.files();
  }

  private static byte[] file(String name) throws IOException {
    return Files.readAllBytes(RecordedLevels.DIRECTORY.resolve(name));
  }

  private static Levels decode(byte[] file) throws ImageException {
    return ImageDecoder.decode("x", file, Background.WHITE);
  }

  private static void assertOneLine(ImageException e) {
    assertTrue(e.getMessage().startsWith("x: "), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    assertFalse(e.getMessage().contains("null"), e.getMessage());
  }

  /// PNG and JPEG have an end mark. The last bytes of the others may hold no pixels.
  @ParameterizedTest
  @MethodSource("files")
  void aFileThatIsCutOffIsRefusedAtEveryLength(String name) throws IOException {
    byte[] whole = file(name);
    Levels expected = decode(whole);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      try {
        Levels levels = decode(cut);
        assertFalse(name.endsWith("png") || name.endsWith("jpg"), name + " cut to " + length);
        assertArrayEquals(expected.bytes(), levels.bytes(), name + " cut to " + length);
      } catch (ImageException e) {
        assertOneLine(e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void aByteThatIsWrongIsReadOrRefusedButNothingElse(String name) throws IOException {
    byte[] whole = file(name);
    for (int i = 0; i < whole.length; i++) {
      for (int flip : new int[] {0x55, 0xFF, 1}) {
        byte[] damaged = whole.clone();
        damaged[i] ^= (byte) flip;
        try {
          assertTrue(decode(damaged).bytes().length > 0);
        } catch (ImageException e) {
          assertOneLine(e);
        }
      }
    }
  }

  @Test
  void strayBytesAreNoDamage() throws IOException {
    byte[] jpeg = file("420.jpg");
    byte[] within = concat(Arrays.copyOf(jpeg, jpeg.length - 2), 1, 2, 3, 0xFF, 0xD9);
    assertArrayEquals(decode(jpeg).bytes(), decode(within).bytes());
    for (String name : files().toList()) {
      byte[] whole = file(name);
      assertArrayEquals(decode(whole).bytes(), decode(concat(whole, 0, 0xFF, 7)).bytes(), name);
    }
  }

  /// It has its end mark, but not its pixels: the JDK's reader makes the rest grey.
  @ParameterizedTest
  @ValueSource(strings = {"420.jpg", "grey.jpg", "progressive-420.jpg", "cmyk-adobe.jpg"})
  void pixelsThatAreMissingBeforeTheEndMarkAreNoticed(String name) throws IOException {
    byte[] jpeg = file(name);
    byte[] patched = concat(Arrays.copyOf(jpeg, jpeg.length - jpeg.length / 8), 0xFF, 0xD9);
    assertEquals(
        "x: is damaged: Corrupt JPEG data: premature end of data segment", refusal(patched));
  }

  @Test
  void aWrongChecksumIsNoticedWhereItMatters() throws IOException {
    byte[] png = file("rgb8-gama.png");
    int gamma = indexOf(png, "gAMA");
    png[gamma + 5] ^= 1;
    assertEquals(17 * 11 * 3, decode(png).bytes().length);
    int data = indexOf(png, "IDAT");
    png[data + 9] ^= 1;
    assertEquals(
        "x: is damaged: byte " + (data - 4) + ": wrong checksum of chunk IDAT", refusal(png));
  }

  /// Each declares about 1,000,000,000 pixels, or as many as are allowed, in a few hundred bytes.
  @ParameterizedTest
  @CsvSource({
    "rgb8.png, 16, 4, true",
    "420.jpg, 163, 2, true",
    "frame-smaller.gif, 6, 2, false",
    "rgb24.bmp, 18, 4, false"
  })
  void aHugeSizeIsRefusedBeforeMemoryIsTaken(String name, int place, int bytes, boolean big)
      throws IOException {
    for (int side : new int[] {8000, 32_000}) {
      byte[] file = file(name);
      for (int axis = 0; axis < 2; axis++) {
        for (int i = 0; i < bytes; i++) {
          int digit = big ? bytes - 1 - i : i;
          file[place + axis * bytes + i] = (byte) (side >> (Byte.SIZE * digit));
        }
      }
      if (name.endsWith("png")) {
        CRC32 crc = new CRC32();
        crc.update(file, 12, 17);
        ByteBuffer.wrap(file).putInt(29, (int) crc.getValue());
      }
      String expected =
          side == 8000
              ? "x: is damaged: declares 8000 x 8000 pixels, more than [0-9]+ bytes can hold"
              : "x: is 32000 x 32000, expected at most 67108864 pixels";
      String message = refusal(file);
      assertTrue(message.matches(expected), message);
    }
  }

  /// A table of 2^28 numbers would be made for samples of 28 bits. The JDK's reader takes the last
  /// of two tags of one number, and a tile as a whole.
  @Test
  void tagsOfTiffThatWouldTakeMuchMemoryAreRefused() throws IOException {
    byte[] tiff = file("rgb.tif");
    assertArrayEquals(decode(tiff).bytes(), decode(withTag(tiff, 258, 8)).bytes());
    assertEquals(
        "x: has samples of [28] bits, expected 1 to 16 bits", refusal(withTag(tiff, 258, 28)));
    assertEquals(
        "x: is 9000 x 9000, expected at most 67108864 pixels",
        refusal(withTag(withTag(tiff, 256, 9000), 257, 9000)));
    assertEquals(
        "x: is 9000 x 9000, expected at most 67108864 pixels",
        refusal(withTag(withTag(tiff, 322, 9000), 323, 9000)));
  }

  /// A TIFF file in little-endian order whose directory is repeated at its end with one more tag.
  private static byte[] withTag(byte[] tiff, int tag, int value) {
    ByteBuffer in = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int directory = in.getInt(4);
    int count = in.getShort(directory);
    ByteBuffer out =
        ByteBuffer.allocate(tiff.length + 2 + (count + 1) * 12 + 4).order(ByteOrder.LITTLE_ENDIAN);
    out.put(tiff).putShort((short) (count + 1)).put(tiff, directory + 2, count * 12);
    out.putShort((short) tag).putShort((short) 3).putInt(1).putInt(value).putInt(0);
    return out.putInt(4, tiff.length).array();
  }

  @Test
  void whatIsNoImageIsRefused() {
    String problem = "x: is no image file, expected PNG, JPEG, GIF, BMP or TIFF";
    assertEquals(problem, refusal(new byte[0]));
    assertEquals(problem, refusal("RIFF....WEBPVP8 ".getBytes(StandardCharsets.US_ASCII)));
    assertEquals(problem, refusal("<svg>".getBytes(StandardCharsets.US_ASCII)));
  }

  private static String refusal(byte[] file) {
    return assertThrows(ImageException.class, () -> decode(file)).getMessage();
  }

  private static int indexOf(byte[] file, String text) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf(text);
  }

  private static byte[] concat(byte[] file, int... more) {
    byte[] longer = Arrays.copyOf(file, file.length + more.length);
    for (int i = 0; i < more.length; i++) {
      longer[file.length + i] = (byte) more[i];
    }
    return longer;
  }
}
