package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.image.Background;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageArgumentTest {
  private static final int GREY = BufferedImage.TYPE_BYTE_GRAY;
  private static final int RGB = BufferedImage.TYPE_INT_RGB;

  /// Where a PNG file's header declares the width, and ends.
  private static final int PNG_WIDTH = 16;

  private static final int PNG_HEADER_CRC = 29;

  @TempDir Path directory;

  private String write(BufferedImage picture, String name) throws IOException {
    Path file = directory.resolve(name);
    assertTrue(ImageIO.write(picture, name.substring(name.lastIndexOf('.') + 1), file.toFile()));
    return file.toString();
  }

  /// A picture of single levels or colours, row after row.
  private static BufferedImage picture(int type, int width, int... pixels) {
    BufferedImage picture = new BufferedImage(width, pixels.length / width, type);
    for (int i = 0; i < pixels.length; i++) {
      if (type == GREY) {
        picture.getRaster().setSample(i % width, i / width, 0, pixels[i]);
      } else {
        picture.setRGB(i % width, i / width, pixels[i]);
      }
    }
    return picture;
  }

  private static Tensor read(String argument, boolean fit, int... shape) throws IOException {
    return ImageArgument.parse(argument).read(Shape.of(shape), fit, Background.DEFAULT);
  }

  private static float[] levels(Tensor image) {
    float[] levels = image.toArray();
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (levels[i] + 1) * 127.5f;
    }
    return levels;
  }

  private void assertRefused(String problem, String argument, boolean fit, int... shape) {
    String message = assertThrows(IOException.class, () -> read(argument, fit, shape)).getMessage();
    assertFalse(message.contains("\n"), message);
    assertEquals(problem, message.replace(directory + "/", ""));
  }

  @Test
  void aNumberAfterAColonMeansASetOfImages() {
    assertEquals(new ImageArgument("mnist", OptionalInt.of(7)), ImageArgument.parse("mnist:7"));
    assertEquals(
        new ImageArgument("a:b/c.idx.gz", OptionalInt.of(12)),
        ImageArgument.parse("a:b/c.idx.gz:12"));
    for (String file :
        new String[] {"mnist", "a.png", "mnist:-1", "mnist:", ":7", "a:1234567890"}) {
      assertEquals(new ImageArgument(file, OptionalInt.empty()), ImageArgument.parse(file));
    }
  }

  @Test
  void theEmbeddedImagesAreTrainingsOwn() throws IOException {
    Tensor expected = Mnist.train().images(new int[] {59_999}, Tensor.zeros(1, 28, 28, 1));
    assertArrayEquals(expected.toArray(), read("mnist:59999", false, 28, 28, 1).toArray());
    expected = Mnist.test().images(new int[] {3}, Tensor.zeros(1, 28, 28, 1));
    assertArrayEquals(expected.toArray(), read("test:3", false, 28, 28, 1).toArray());
    assertRefused("test:10000: no such image, there are 0 to 9999", "test:10000", false, 28, 28, 1);
    assertRefused(
        "test:1: is 28 x 28, expected 8 x 8 as the model makes them; --fit scales it",
        "test:1",
        false,
        8,
        8,
        1);
  }

  @Test
  void anImageOfAnIdxFileIsRead() throws IOException {
    Path file = directory.resolve("a.idx");
    Files.write(file, IdxBytes.gzip(IdxBytes.file(3, 2, 2)));
    assertArrayEquals(new float[] {8, 9, 10, 11}, levels(read(file + ":2", false, 2, 2, 1)), 1e-4f);
    assertRefused("a.idx:3: no such image, there are 0 to 2", file + ":3", false, 2, 2, 1);
    assertRefused(
        "a.idx: is no image file; an image is mnist:N, test:N, FILE:N,"
            + " or a PNG, JPEG, GIF, BMP or TIFF file",
        file.toString(),
        false,
        2,
        2,
        1);
  }

  /// The JDK's own conversion would brighten every grey but black and white.
  @Test
  void everyGreyLevelOfAPictureIsTheSameAsInADataSet() throws IOException {
    int[] all = new int[256];
    Arrays.setAll(all, i -> i);
    float[] grey = read(write(picture(GREY, 16, all), "a.png"), false, 16, 16, 1).toArray();
    for (int i = 0; i < all.length; i++) {
      assertEquals(i / 127.5f - 1, grey[i]);
    }
    float[] three = read(directory.resolve("a.png").toString(), false, 16, 16, 3).toArray();
    for (int i = 0; i < three.length; i++) {
      assertEquals(grey[i / 3], three[i]);
    }
  }

  @Test
  void coloursAreKeptOrBecomeTheirLuma() throws IOException {
    String file = write(picture(RGB, 2, 0xFF8001, 0x0000FF, 0x00FF00, 0xFFFFFF), "a.png");
    assertArrayEquals(
        new float[] {255, 128, 1, 0, 0, 255, 0, 255, 0, 255, 255, 255},
        levels(read(file, false, 2, 2, 3)),
        1e-4f);
    // Rec. 601: 0.299 red + 0.587 green + 0.114 blue, which is 151.495, 29.07, 149.685.
    assertArrayEquals(new float[] {151, 29, 150, 255}, levels(read(file, false, 2, 2, 1)), 1e-4f);
  }

  @Test
  void picturesOfFewOrManyBitsAreRead() throws IOException {
    for (int bits : new int[] {1, 2, 4}) {
      int top = (1 << bits) - 1;
      byte[] table = new byte[top + 1];
      for (int i = 0; i <= top; i++) {
        table[i] = (byte) (255 * i / top);
      }
      BufferedImage few =
          new BufferedImage(
              2,
              1,
              BufferedImage.TYPE_BYTE_BINARY,
              new IndexColorModel(bits, top + 1, table, table, table));
      few.getRaster().setSample(1, 0, 0, top);
      assertArrayEquals(
          new float[] {0, 255}, levels(read(write(few, bits + ".png"), false, 1, 2, 1)), 1e-4f);
    }
    BufferedImage many = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    many.getRaster().setSample(0, 0, 0, 0x12FF);
    many.getRaster().setSample(1, 0, 0, 0xFFFF);
    assertEquals(DataBuffer.TYPE_USHORT, many.getRaster().getTransferType());
    assertArrayEquals(
        new float[] {0x13, 255}, levels(read(write(many, "16.png"), false, 1, 2, 1)), 1e-4f);
  }

  @Test
  void aJpegFileIsRead() throws IOException {
    int[] flat = new int[64];
    Arrays.fill(flat, 100);
    for (float level : levels(read(write(picture(GREY, 8, flat), "a.jpg"), false, 8, 8, 1))) {
      assertEquals(100, level, 1.5);
    }
  }

  @Test
  void anotherSizeIsRefusedUnlessItMayBeScaled() throws IOException {
    // 5 wide, 2 high: the middle is columns 1.5 to 3.5.
    String file = write(picture(GREY, 5, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90), "a.png");
    assertRefused(
        "a.png: is 5 x 2, expected 1 x 1 as the model makes them; --fit scales it",
        file,
        false,
        1,
        1,
        1);
    assertArrayEquals(new float[] {45}, levels(read(file, true, 1, 1, 1)), 1e-3f);
    assertArrayEquals(new float[] {15, 25, 65, 75}, levels(read(file, true, 2, 2, 1)), 1e-3f);
    String small = write(picture(GREY, 1, 200), "b.png");
    assertArrayEquals(new float[] {200, 200, 200, 200}, levels(read(small, true, 2, 2, 1)), 1e-3f);
  }

  @Test
  void anImageOfAFolderOfSeveralSizesIsRead() throws IOException {
    write(picture(GREY, 5, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90), "a.png");
    write(picture(GREY, 1, 200), "b.png");
    Files.writeString(directory.resolve("c.png"), "nothing");
    assertArrayEquals(
        new float[] {15, 25, 65, 75}, levels(read(directory + ":0", true, 2, 2, 1)), 1e-3f);
    assertArrayEquals(
        new float[] {200, 200, 200, 200}, levels(read(directory + ":1", true, 2, 2, 1)), 1e-3f);
    // One that has the model's size needs no fitting, whatever the others are.
    assertArrayEquals(new float[] {200}, levels(read(directory + ":1", false, 1, 1, 1)), 1e-3f);
    assertRefused(
        directory + ":0: is 5 x 2, expected 1 x 1 as the model makes them; --fit scales it",
        directory + ":0",
        false,
        1,
        1,
        1);
    // No other image takes the place of one that cannot be read.
    assertRefused(
        "c.png: is no image file, expected PNG, JPEG, GIF, BMP or TIFF",
        directory + ":2",
        true,
        1,
        1,
        1);
    assertRefused(
        directory + ":3: no such image, there are 0 to 2", directory + ":3", true, 1, 1, 1);
  }

  @Test
  void theBackgroundIsThatOfImagesOfAFolderToo() throws IOException {
    BufferedImage clear = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    write(clear, "a.png");
    write(clear, "b.png");
    Tensor black =
        ImageArgument.parse(directory + ":1")
            .read(Shape.of(1, 1, 1), false, Background.parse("black"));
    assertArrayEquals(new float[] {0}, levels(black), 1e-3f);
    assertArrayEquals(new float[] {255}, levels(read(directory + ":1", false, 1, 1, 1)), 1e-3f);
  }

  @Test
  void transparentPixelsShowTheBackground() throws IOException {
    String file =
        write(picture(BufferedImage.TYPE_INT_ARGB, 1, 0xFF0A141E, 0x80640000, 0x00FFFFFF), "a.png");
    assertArrayEquals(
        new float[] {10, 20, 30, 177, 127, 127, 255, 255, 255},
        levels(read(file, false, 3, 1, 3)),
        1e-4f);
    Tensor image =
        ImageArgument.parse(file).read(Shape.of(3, 1, 3), false, new Background(0, 0, 200));
    assertArrayEquals(new float[] {10, 20, 30, 50, 0, 100, 0, 0, 200}, levels(image), 1e-4f);
  }

  /// What is transparent in a mask: filled, or kept? Programs disagree.
  @ParameterizedTest
  @ValueSource(strings = {"grey-alpha8", "grey8-trns", "palette8-trns", "rgba8"})
  void aTransparentMaskIsRefusedWithAHint(String name) {
    Path file = Path.of("src/test/resources/golden/images/" + name + ".png");
    String message =
        assertThrows(
                IOException.class,
                () -> ImageArgument.parse(file.toString()).readMask(Shape.of(11, 17, 1), false))
            .getMessage();
    assertEquals(
        file
            + ": is transparent in row 0, expected opaque pixels; a mask is white where it is"
            + " filled: flatten it, on black to keep what is transparent",
        message);
  }

  @Test
  void anOpaqueMaskIsReadWithItsUnusedAlpha() throws IOException {
    String file = write(picture(BufferedImage.TYPE_INT_ARGB, 1, 0xFF000000, 0xFFFFFFFF), "b.png");
    assertArrayEquals(
        new float[] {0, 255},
        levels(ImageArgument.parse(file).readMask(Shape.of(2, 1, 1), false)),
        1e-4f);
  }

  /// Its file holds 24 x 10 pixels, which are to be turned right.
  @Test
  void aPhotographIsTurnedUprightBeforeItsSizeIsJudged() throws IOException {
    String file = "src/test/resources/golden/images/exif6.jpg";
    assertEquals(Shape.of(1, 24, 10, 3), read(file, false, 24, 10, 3).shape());
    assertRefused(
        file + ": is 10 x 24, expected 24 x 10 as the model makes them; --fit scales it",
        file,
        false,
        10,
        24,
        3);
  }

  @Test
  void whatIsNoPictureIsRefusedInOneLine() throws IOException {
    assertRefused(
        "x.png: no such file; an image is mnist:N, test:N, FILE:N,"
            + " or a PNG, JPEG, GIF, BMP or TIFF file",
        directory.resolve("x.png").toString(),
        false,
        1,
        1,
        1);
    Files.createDirectory(directory.resolve("d.png"));
    assertRefused(
        "d.png: is no regular file", directory.resolve("d.png").toString(), false, 1, 1, 1);
    assertRefused(
        "empty.png: is no image file; an image is mnist:N, test:N, FILE:N,"
            + " or a PNG, JPEG, GIF, BMP or TIFF file",
        Files.createFile(directory.resolve("empty.png")).toString(),
        false,
        1,
        1,
        1);
  }

  /// It declares 2,000,000,000 pixels in 100 bytes, and would fill the memory if it were believed.
  @Test
  void aHugePictureIsRefusedBeforeItIsDecoded() throws IOException {
    Path file = Path.of(write(picture(GREY, 1, 0), "a.png"));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    bytes.putInt(PNG_WIDTH, 1_000_000).putInt(PNG_WIDTH + 4, 2000);
    CRC32 crc = new CRC32();
    crc.update(bytes.array(), PNG_WIDTH - 4, PNG_HEADER_CRC - PNG_WIDTH + 4);
    bytes.putInt(PNG_HEADER_CRC, (int) crc.getValue());
    Files.write(file, bytes.array());
    for (boolean fit : new boolean[] {true, false}) {
      assertRefused(
          "a.png: is 1000000 x 2000, expected at most 67108864 pixels",
          file.toString(),
          fit,
          28,
          28,
          1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png", "a.jpg"})
  void aFileThatIsCutOffIsRefused(String name) throws IOException {
    int[] pixels = new int[32 * 32];
    Rng rng = new Rng(1, 0, 0, 0);
    Arrays.setAll(pixels, i -> rng.below(i, 256));
    Path file = Path.of(write(picture(GREY, 32, pixels), name));
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {12, 40, whole.length / 2, whole.length - 30}) {
      Files.write(file, Arrays.copyOf(whole, length));
      String message =
          assertThrows(
                  IOException.class,
                  () -> read(file.toString(), false, 32, 32, 1),
                  name + " of " + length)
              .getMessage();
      assertTrue(message.startsWith(file + ": is ") && !message.contains("\n"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png", "a.jpg"})
  void aDamagedFileIsReadOrRefusedButNothingElse(String name) throws IOException {
    Path file = Path.of(write(picture(RGB, 2, 1, 2, 3, 4, 5, 6), name));
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 0x55;
      Files.write(file, damaged);
      try {
        assertEquals(6, read(file.toString(), false, 3, 2, 1).size());
      } catch (IOException e) {
        assertTrue(
            e.getMessage().startsWith(file + ": ") && !e.getMessage().contains("\n"),
            e.getMessage());
      }
    }
  }
}
