package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.image.Background;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of files that ImageIO writes.
class ImageFolderTest {
  @TempDir Path directory;

  private Path root;

  @BeforeEach
  void folder() throws IOException {
    root = Files.createDirectory(directory.resolve("images"));
  }

  /// An image all of whose pixels have a colour.
  private void write(String name, int width, int height, int rgb) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    String format = name.substring(name.lastIndexOf('.') + 1);
    boolean grey = (rgb >> 8 & 255) == (rgb & 255) && rgb >> 16 == (rgb & 255);
    BufferedImage image =
        new BufferedImage(
            width, height, grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      if (grey) {
        image.getRaster().setSample(i % width, i / width, 0, rgb & 255);
      } else {
        image.setRGB(i % width, i / width, rgb);
      }
    }
    assertTrue(ImageIO.write(image, format, file.toFile()));
  }

  private ImageDataset load(DataOptions options) throws IOException {
    return ImageDataset.load(root, options);
  }

  private static int red(ImageDataset data, int image) {
    return PixelScale.level(data.image(image).toArray()[0]);
  }

  private static int[] labels(ImageDataset data) {
    return IntStream.range(0, data.count()).map(data::label).toArray();
  }

  @Test
  void foldersAreClassesAtAnyDepthAndFilesAreSorted() throws IOException {
    write("dog/b.png", 4, 3, 0x200000);
    write("dog/a/z.bmp", 4, 3, 0x100000);
    write("cat/x.gif", 4, 3, 0x300000);
    write("cat/10.png", 4, 3, 0x400000);
    Files.move(root.resolve("cat/10.png"), root.resolve("cat/10.PNG"));
    Files.createDirectories(root.resolve("bird/none"));
    Files.writeString(root.resolve("cat/notes.txt"), "");
    Files.createDirectory(root.resolve("__MACOSX"));
    Files.writeString(root.resolve("__MACOSX/._b.png"), "");
    Files.writeString(root.resolve(".DS_Store"), "");
    ImageDataset data = load(DataOptions.NONE);
    assertEquals(4, data.count());
    assertEquals(Shape.of(3, 4, 3), data.imageShape());
    assertEquals(
        List.of(0x40, 0x30, 0x10, 0x20),
        IntStream.range(0, 4).mapToObj(i -> red(data, i)).toList());
    assertArrayEquals(new int[] {0, 0, 1, 1}, labels(data));
    assertEquals(2, data.classes());
    assertEquals("dog", data.className(1));
    assertEquals(
        List.of("the folder bird holds no image and is no class", "1 other file is left out"),
        data.notes());
  }

  @Test
  void imagesBesideFoldersHaveNoClasses() throws IOException {
    write("a.png", 2, 2, 0x010203);
    write("b/c.png", 2, 2, 0x010203);
    ImageDataset data = load(DataOptions.NONE);
    assertFalse(data.hasLabels());
    assertEquals(
        List.of("1 image lies beside the folders, which are therefore no classes"), data.notes());
  }

  @Test
  void aFolderTrainAndAFolderTestAreTheParts() throws IOException {
    write("train/a/1.png", 2, 2, 0x010101);
    write("train/b/1.png", 2, 2, 0x020202);
    write("validation/b/1.png", 2, 2, 0x030303);
    ImageDataset data = load(DataOptions.NONE);
    assertArrayEquals(new int[] {0, 1}, labels(data));
    assertEquals(Shape.of(2, 2, 1), data.imageShape());
    ImageDataset test = DataFormat.open(root, DataOptions.NONE).test().orElseThrow().load();
    assertEquals(1, test.count());
    assertEquals(3, red(test, 0));
  }

  @Test
  void imagesOfOtherSizesNeedASize() throws IOException {
    write("a.png", 8, 4, 0x010203);
    write("b.jpg", 6, 6, 0x808080);
    assertEquals(
        root + ": holds images of 8 x 4 and of 6 x 6: --size N or WxH makes them one size",
        assertThrows(DataException.class, () -> load(DataOptions.NONE)).getMessage());
    DataOptions options = DataOptions.NONE.withSize(ImageSize.parse("4x2"));
    ImageDataset data = load(options);
    assertEquals(Shape.of(2, 4, 3), data.imageShape());
    float[] grey = data.image(1).toArray();
    assertEquals(grey[0], grey[1]);
    ImageDataset greys = load(options.withColor(ColorChoice.GREY));
    assertEquals(Shape.of(2, 4, 1), greys.imageShape());
    assertEquals(2, red(greys, 0));
  }

  @Test
  void whatLiesBehindTransparentPixelsIsChosen() throws IOException {
    BufferedImage clear = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
    ImageIO.write(clear, "png", root.resolve("a.png").toFile());
    Background background = Background.parse("#0a141e");
    float[] pixels = load(DataOptions.NONE.withBackground(background)).image(0).toArray();
    for (int i = 0; i < pixels.length; i++) {
      assertEquals(10 + 10 * (i % 3), PixelScale.level(pixels[i]));
    }
  }

  @Test
  void anUnreadableImageIsNamedCountedAndTheNextTakesItsPlace() throws IOException {
    for (int i = 0; i < 20; i++) {
      write("c" + i % 2 + "/" + (10 + i) + ".png", 4, 4, 0x010101 * (10 + i));
    }
    Path cut = root.resolve("c0/12.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 50));
    Files.write(root.resolve("c0/14.png"), new byte[0]);
    Files.writeString(root.resolve("c1/29.png"), "no image");
    ImageDataset data = load(DataOptions.NONE);
    // c0 holds 10, 12 .. 28, c1 holds 11, 13 .. 29.
    assertEquals(16, red(data, 1));
    assertEquals(16, red(data, 2));
    assertEquals(10, red(data, 19));
    assertEquals(0, data.label(19), "the label is that of the image in its place");
    assertEquals(3, data.unreadable().count());
    assertTrue(
        data.unreadable().messages().getFirst().startsWith(cut + ": "),
        data.unreadable().messages().getFirst());
    for (int i = 0; i < 20; i++) {
      red(data, i);
    }
    assertEquals(3, data.unreadable().count(), "each is counted once");
    ImageDataset strict = load(DataOptions.NONE.withStrict(true));
    assertEquals(10, red(strict, 0));
    String problem = assertThrows(UncheckedIOException.class, () -> red(strict, 1)).getMessage();
    assertTrue(problem.contains(cut + ": "), problem);
  }

  @Test
  void anImageOfAnotherSizeOrInColourIsSkippedToo() throws IOException {
    for (int i = 0; i < 20; i++) {
      write(10 + i + ".png", 4, 4, 0x010101 * (10 + i));
    }
    write("11.png", 5, 4, 0x010101);
    write("13.png", 4, 4, 0x010203);
    ImageDataset data = load(DataOptions.NONE);
    assertEquals(12, red(data, 1));
    assertEquals(14, red(data, 3));
    assertEquals(
        List.of(
            root + "/11.png: is 5 x 4, expected 4 x 4 as the others; --size makes them one size",
            root + "/13.png: is in colour, expected grey as the others; --color says which"),
        data.unreadable().messages());
  }

  @Test
  void whatIsPreparedIsWhatIsRead() throws IOException {
    for (int i = 0; i < 40; i++) {
      write(10 + i + ".png", 4, 4, 0x010101 * (10 + i));
    }
    ImageDataset data = load(DataOptions.NONE);
    int[] some = {3, 7, 3, 39, 0};
    data.prepare(some);
    float[] prepared = data.images(some, Tensor.zeros(5, 4, 4, 1)).toArray();
    float[] read = load(DataOptions.NONE).images(some, Tensor.zeros(5, 4, 4, 1)).toArray();
    assertArrayEquals(read, prepared);
    assertEquals(13, PixelScale.level(prepared[0]));
  }

  @Test
  void foldersWithoutImagesAreRefused() throws IOException {
    Files.writeString(root.resolve("a.txt"), "");
    assertEquals(
        root + ": holds no image file (bmp, gif, jpeg, jpg, png, tif, tiff)",
        assertThrows(DataException.class, () -> load(DataOptions.NONE))
            .getMessage()
            .replaceAll("\\(.*\\)", "(bmp, gif, jpeg, jpg, png, tif, tiff)"));
    Files.writeString(root.resolve("a.png"), "nothing");
    String problem = assertThrows(DataException.class, () -> load(DataOptions.NONE)).getMessage();
    assertTrue(
        problem.startsWith(root + ": holds no image that can be read: " + root + "/a.png: "),
        problem);
  }

  @Test
  void aLinkToAFolderAboveEnds() throws IOException {
    write("a/b.png", 2, 2, 0x010101);
    Files.createSymbolicLink(root.resolve("a/again"), root);
    String problem = assertThrows(DataException.class, () -> load(DataOptions.NONE)).getMessage();
    assertTrue(problem.endsWith("lies 41 folders deep, expected at most 40"), problem);
  }

  @Test
  void arraysAreCroppedAndScaledToo() throws IOException {
    byte[] levels = new byte[2 * 4 * 6];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (i % 6 < 1 || i % 6 > 4 ? 255 : 100);
    }
    ImageDataset data = ImageDataset.ofLevels(levels, Shape.of(4, 6, 1));
    ImageDataset fitted =
        data.fitted(DataOptions.NONE.withSize(ImageSize.parse("2")).withColor(ColorChoice.RGB));
    assertEquals(Shape.of(2, 2, 3), fitted.imageShape());
    for (float value : fitted.image(1).toArray()) {
      assertEquals(100, PixelScale.level(value));
    }
  }
}
