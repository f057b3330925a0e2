package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
    IdxFile labels = IdxBytes.read(IdxBytes.file(256));
    ImageDataset labelled = ImageDataset.of(IdxBytes.read(IdxBytes.file(256, 1, 1)), labels);
    assertTrue(labelled.hasLabels());
    assertEquals(255, labelled.label(255));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "7, 2", "7, 2, 2, 2", "7, 2, 2, 4", "7, 2, 2, 1, 1"})
  void whatAreNoImagesIsRefused(String shape) throws IOException {
    IdxFile file = IdxBytes.read(IdxBytes.file(sizes(shape)));
    DataException e = assertThrows(DataException.class, () -> ImageDataset.of(file, null));
    assertEquals(
        "x.idx: holds ["
            + shape
            + "], expected images [n, h, w],"
            + " or [n, h, w, c] with 1 or 3 channels",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0, 2, 2", "7, 0, 2"})
  void aFileWithoutImagesIsRefused(String shape) throws IOException {
    IdxFile file = IdxBytes.read(IdxBytes.file(sizes(shape)));
    DataException e = assertThrows(DataException.class, () -> ImageDataset.of(file, null));
    assertEquals("x.idx: holds no image: [" + shape + "]", e.getMessage());
  }

  @Test
  void labelsOfOtherNumberAreRefused() throws IOException {
    IdxFile images = IdxBytes.read(IdxBytes.file(7, 2, 2));
    IdxFile labels = IdxBytes.read(IdxBytes.file(8));
    DataException e = assertThrows(DataException.class, () -> ImageDataset.of(images, labels));
    assertEquals("x.idx: holds [8], expected one label a image: [7]", e.getMessage());
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

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  private static ImageDataset dataset(int... sizes) throws IOException {
    return ImageDataset.of(IdxBytes.read(IdxBytes.file(sizes)), null);
  }

  private static int[] sizes(String shape) {
    return Arrays.stream(shape.split(", ")).mapToInt(Integer::parseInt).toArray();
  }
}
