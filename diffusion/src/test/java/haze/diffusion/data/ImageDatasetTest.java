package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDatasetTest {
  @TempDir Path directory;

  @Test
  void pixelsAreScaledFromMinusOneToOne() throws IOException {
    ImageDataset all = dataset(1, 16, 16);
    float[] scaled = all.images(new int[] {0}, Tensor.zeros(1, 16, 16, 1)).toArray();
    for (int x = 0; x < 256; x++) {
      assertEquals(x / 127.5 - 1, scaled[x], 1e-7);
    }
    assertEquals(-1f, scaled[0]);
    assertEquals(1f, scaled[255]);
  }

  @Test
  void imagesComeInTheOrderAskedForAndIntoTheTensorsOwnPlace() throws IOException {
    ImageDataset colours = dataset(3, 1, 2, 3);
    assertEquals(Shape.of(1, 2, 3), colours.imageShape());
    Tensor larger = Tensor.full(9, 4, 1, 2, 3);
    colours.images(new int[] {2, 0}, larger.slice(1, 2));
    float[] expected = new float[24];
    for (int i = 0; i < 6; i++) {
      expected[i] = 9;
      expected[18 + i] = 9;
      expected[6 + i] = (12 + i) / 127.5f - 1;
      expected[12 + i] = i / 127.5f - 1;
    }
    assertArrayEquals(expected, larger.toArray());
  }

  @Test
  void aFileWithoutChannelsIsGrey() throws IOException {
    Path file = Files.write(directory.resolve("images.gz"), IdxBytes.gzip(IdxBytes.file(4, 5, 3)));
    ImageDataset grey = ImageDataset.load(file);
    assertEquals(4, grey.count());
    assertEquals(Shape.of(5, 3, 1), grey.imageShape());
    assertFalse(grey.hasLabels());
    assertRefused("dataset: the images have no labels", () -> grey.label(0));
  }

  @Test
  void labelsAreUnsigned() throws IOException {
    int[] labels = Labels.of(IdxBytes.read(IdxBytes.file(256)));
    ImageDataset labelled = IdxBytes.dataset(IdxBytes.file(256, 1, 1), labels);
    assertTrue(labelled.hasLabels());
    assertEquals(255, labelled.label(255));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "7, 2", "7, 2, 2, 2", "7, 2, 2, 4", "7, 2, 2, 1, 1"})
  void whatAreNoImagesIsRefused(String shape) throws IOException {
    byte[] file = IdxBytes.file(sizes(shape));
    DataException e = assertThrows(DataException.class, () -> IdxBytes.dataset(file));
    assertEquals(
        "x.idx: holds ["
            + shape
            + "], expected images [n, h, w],"
            + " [n, h, w, c] or [n, c, h, w] with 1 or 3 channels, or [n, d] where d is a square",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0, 2, 2", "7, 0, 2"})
  void aFileWithoutImagesIsRefused(String shape) throws IOException {
    byte[] file = IdxBytes.file(sizes(shape));
    DataException e = assertThrows(DataException.class, () -> IdxBytes.dataset(file));
    assertEquals("x.idx: holds no image: [" + shape + "]", e.getMessage());
  }

  @Test
  void labelsOfOtherNumberAreRefused() throws IOException {
    int[] labels = Labels.of(IdxBytes.read(IdxBytes.file(8)));
    DataException e =
        assertThrows(DataException.class, () -> IdxBytes.dataset(IdxBytes.file(7, 2, 2), labels));
    assertEquals("x.idx: holds 7 images, but there are 8 labels", e.getMessage());
  }

  @Test
  void wrongArgumentsAreNamed() throws IOException {
    ImageDataset images = dataset(7, 2, 2);
    Tensor out = Tensor.zeros(1, 2, 2, 1);
    assertRefused("dataset: no image 7 among 7", () -> images.images(new int[] {7}, out));
    assertRefused("dataset: no image -1 among 7", () -> images.images(new int[] {-1}, out));
    assertRefused(
        "dataset: shapes differ: [2, 2, 2, 1] into [1, 2, 2, 1]",
        () -> images.images(new int[2], out));
  }

  @Test
  void floatsStayAsTheyAreAndTheCallerKeepsItsArray() {
    float[] pixels = {-1, 1, 0.123456789f, Float.MIN_VALUE, -0.5f, 0.5f};
    ImageDataset images = ImageDataset.of(pixels, Shape.of(1, 3, 1), 7, 2);
    float[] given = pixels.clone();
    Arrays.fill(pixels, 0);
    assertEquals(2, images.count());
    assertArrayEquals(given, images.images(new int[] {0, 1}, Tensor.zeros(2, 1, 3, 1)).toArray());
    assertEquals(8, images.classes());
    assertEquals(7, images.label(0));
    assertEquals(2, images.label(1));
    assertEquals("2 images [1, 3, 1] of 8 classes", images.toString());
  }

  @Test
  void aTensorIsTakenFromItsOwnPlace() {
    Tensor larger = Tensor.zeros(3, 2, 2, 3);
    larger.set(0.25f, 2, 1, 1, 2);
    ImageDataset images = ImageDataset.of(larger.slice(1, 2));
    assertEquals(2, images.count());
    assertEquals(Shape.of(2, 2, 3), images.imageShape());
    assertEquals(0.25f, images.image(1).get(0, 1, 1, 2));
    assertFalse(images.hasLabels());
    assertEquals(0, images.classes());
  }

  @Test
  void levelsAreTheSameBitsAsTheirValues() {
    byte[] levels = new byte[256];
    float[] values = new float[256];
    for (int k = 0; k < 256; k++) {
      levels[k] = (byte) k;
      values[k] = PixelScale.value(k);
    }
    Shape shape = Shape.of(16, 16, 1);
    assertArrayEquals(
        ImageDataset.of(values, shape).image(0).toArray(),
        ImageDataset.ofLevels(levels, shape).image(0).toArray());
  }

  @Test
  void imagesOfTheJdkAreTakenByTheirLevels() {
    var grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(1, 0, 0, 200);
    ImageDataset greys = ImageDataset.of(List.of(grey, grey), 1, 0);
    assertArrayEquals(new float[] {-1, PixelScale.value(200)}, greys.image(1).toArray());
    var colour = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    colour.setRGB(1, 0, 0x0A141E);
    assertArrayEquals(
        new float[] {-1, -1, -1, PixelScale.value(10), PixelScale.value(20), PixelScale.value(30)},
        ImageDataset.of(List.of(colour)).image(0).toArray());
    assertRefused(
        "dataset: image 1 is [1, 2, 1], expected [1, 2, 3] as the first",
        () -> ImageDataset.of(List.of(colour, grey)));
    var clear = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    assertRefused(
        "dataset: image 0 is transparent in row 0, expected opaque pixels",
        () -> ImageDataset.of(List.of(clear)));
    assertRefused("dataset: no images", () -> ImageDataset.of(List.<BufferedImage>of()));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, 1.0001f, -1.5f, 255, Float.NEGATIVE_INFINITY})
  void valuesOutOfRangeAreRefused(float value) {
    float[] pixels = new float[8];
    pixels[5] = value;
    assertRefused(
        "dataset: image 1 has value "
            + value
            + ", expected -1 to 1; level k of 0..255 is k / 127.5 - 1",
        () -> ImageDataset.of(pixels, Shape.of(2, 2, 1)));
  }

  @Test
  void arraysThatAreNoImagesAreRefused() {
    Shape one = Shape.of(2, 2, 1);
    assertRefused(
        "dataset: 7 values, expected a multiple of the 4 of [2, 2, 1]",
        () -> ImageDataset.of(new float[7], one));
    assertRefused(
        "dataset: 0 values, expected a multiple of the 4 of [2, 2, 1]",
        () -> ImageDataset.of(new float[0], one));
    for (Shape shape : List.of(Shape.of(2, 2), Shape.of(2, 2, 2), Shape.of(0, 2, 1))) {
      assertRefused(
          "dataset: images of shape " + shape + ", expected [h, w, c] with 1 or 3 channels",
          () -> ImageDataset.of(new float[4], shape));
    }
    assertRefused(
        "dataset: images [2, 2, 1], expected [n, h, w, c]",
        () -> ImageDataset.of(Tensor.zeros(2, 2, 1)));
    assertRefused(
        "dataset: 3 labels for 2 images", () -> ImageDataset.ofLevels(new byte[8], one, 1, 2, 3));
    assertRefused(
        "dataset: image 1 has label -1, expected 0 to 65535",
        () -> ImageDataset.of(new float[8], one, 0, -1));
    assertRefused(
        "dataset: image 0 has label 65536, expected 0 to 65535",
        () -> ImageDataset.of(new float[8], one, 65_536, 0));
  }

  @Test
  void theFingerprintChangesWithCountShapeLabelsAndPixels() {
    byte[] levels = new byte[36];
    Shape shape = Shape.of(2, 3, 1);
    String known = ImageDataset.ofLevels(levels, shape, 0, 1, 0, 0, 1, 1).fingerprint();
    assertEquals(known, ImageDataset.ofLevels(levels, shape, 0, 1, 0, 0, 1, 1).fingerprint());
    assertTrue(known.matches("[0-9a-f]{16}"), known);
    assertNotEquals(known, ImageDataset.ofLevels(levels, shape, 0, 1, 0, 0, 1, 0).fingerprint());
    assertNotEquals(known, ImageDataset.ofLevels(levels, shape).fingerprint());
    assertNotEquals(
        ImageDataset.ofLevels(levels, shape).fingerprint(),
        ImageDataset.ofLevels(levels, Shape.of(3, 2, 1)).fingerprint());
    assertNotEquals(
        ImageDataset.ofLevels(new byte[30], shape).fingerprint(),
        ImageDataset.ofLevels(levels, shape).fingerprint());
    levels[35] = 1;
    assertNotEquals(known, ImageDataset.ofLevels(levels, shape, 0, 1, 0, 0, 1, 1).fingerprint());
  }

  @Test
  void theFingerprintLooksAtImagesFromFirstToLastQuarter() {
    byte[] levels = new byte[64];
    Shape one = Shape.of(1, 1, 1);
    String known = ImageDataset.ofLevels(levels, one).fingerprint();
    levels[60] = 1;
    assertNotEquals(known, ImageDataset.ofLevels(levels, one).fingerprint());
  }

  @Test
  void flippingKeepsTheColoursOfAPixelTogether() {
    Tensor image = Tensor.of(Shape.of(1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
    ImageDataset.flip(image);
    assertArrayEquals(new float[] {7, 8, 9, 4, 5, 6, 1, 2, 3}, image.toArray());
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  private static ImageDataset dataset(int... sizes) throws IOException {
    return IdxBytes.dataset(IdxBytes.file(sizes));
  }

  private static int[] sizes(String shape) {
    return Arrays.stream(shape.split(", ")).mapToInt(Integer::parseInt).toArray();
  }
}
