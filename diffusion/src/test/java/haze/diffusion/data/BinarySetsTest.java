package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// CIFAR's and STL-10's files, written byte by byte.
class BinarySetsTest {
  @TempDir Path directory;

  /// The level of a pixel, other for each place.
  private static int level(int image, int y, int x, int c) {
    return (image * 41 + y * 7 + x * 3 + c * 83) % 256;
  }

  /// Records of labels, then planes of red, green and blue.
  private static byte[] records(int first, int count, int side, boolean byColumn, int... labels) {
    byte[] bytes = new byte[count * (labels.length + 3 * side * side)];
    int next = 0;
    for (int image = first; image < first + count; image++) {
      for (int label : labels) {
        bytes[next++] = (byte) (label + image - first);
      }
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < side * side; i++) {
          int slow = i / side;
          int fast = i % side;
          bytes[next++] =
              (byte) (byColumn ? level(image, fast, slow, c) : level(image, slow, fast, c));
        }
      }
    }
    return bytes;
  }

  private static void assertImages(ImageDataset data, int first, int count, int side) {
    assertEquals(count, data.count());
    assertEquals(Shape.of(side, side, 3), data.imageShape());
    for (int i = 0; i < count; i++) {
      float[] image = data.image(i).toArray();
      for (int j = 0; j < image.length; j++) {
        int expected = level(first + i, j / 3 / side, j / 3 % side, j % 3);
        assertEquals(PixelScale.value(expected), image[j]);
      }
    }
  }

  @Test
  void aDirectoryOfCifar10IsItsBatchesInTheirOrder() throws IOException {
    for (int batch = 1; batch <= 5; batch++) {
      byte[] bytes = records(2 * batch, 2, 32, false, batch);
      Files.write(directory.resolve("data_batch_" + batch + ".bin"), bytes);
    }
    Files.write(directory.resolve("test_batch.bin"), records(20, 3, 32, false, 6));
    Files.writeString(
        directory.resolve("batches.meta.txt"), "airplane\ncar\nbird\ncat\na\nb\nc\nd\ne\nf\n\n");
    ImageDataset data = ImageDataset.load(directory);
    assertImages(data, 2, 10, 32);
    assertEquals(2, data.label(1));
    assertEquals(5, data.label(8));
    assertEquals(10, data.classes());
    assertEquals("bird", data.className(2));
    DataParts parts = DataFormat.open(directory, DataOptions.NONE);
    assertImages(parts.test().orElseThrow().load(), 20, 3, 32);
    Path one = directory.resolve("data_batch_2.bin");
    assertImages(ImageDataset.load(one), 4, 2, 32);
  }

  @Test
  void ofCifar100TheFineLabelIsTaken() throws IOException {
    Files.write(directory.resolve("train.bin"), records(0, 2, 32, false, 3, 98));
    ImageDataset data = ImageDataset.load(directory);
    assertImages(data, 0, 2, 32);
    assertEquals(98, data.label(0));
    assertEquals(99, data.label(1));
  }

  @Test
  void firstLevelsThatLookLikeGzipsMagicAreLevels() throws IOException {
    byte[] bytes = records(3, 1, 96, true);
    bytes[0] = 0x1f;
    bytes[1] = (byte) 0x8b;
    Files.write(directory.resolve("train_X.bin"), bytes);
    float[] image = ImageDataset.load(directory).image(0).toArray();
    assertEquals(PixelScale.value(0x1f), image[0]);
    assertEquals(PixelScale.value(0x8b), image[96 * 3]);
  }

  @Test
  void damagedFilesOfCifarAreRefused() throws IOException {
    byte[] whole = records(0, 2, 32, false, 8);
    assertRefused("data_batch_1.bin", new byte[0], "has 0 bytes, expected a multiple of 3073");
    assertRefused(
        "data_batch_1.bin",
        Arrays.copyOf(whole, 6145),
        "has 6145 bytes, expected a multiple of 3073");
    assertRefused(
        "test_batch.bin", records(0, 2, 32, false, 9), "image 1 has label 10, expected 0 to 9");
    assertRefused("train.bin", whole, "has 6146 bytes, expected a multiple of 3074");
  }

  @Test
  void theColumnsOfStl10BecomeRows() throws IOException {
    Files.write(directory.resolve("train_X.bin"), records(3, 2, 96, true));
    Files.write(directory.resolve("train_y.bin"), new byte[] {10, 1});
    Files.write(directory.resolve("test_X.bin"), records(9, 1, 96, true));
    Files.write(directory.resolve("test_y.bin"), new byte[] {4});
    ImageDataset data = ImageDataset.load(directory);
    assertImages(data, 3, 2, 96);
    assertEquals(9, data.label(0));
    assertEquals(0, data.label(1));
    ImageDataset test = DataFormat.open(directory, DataOptions.NONE).test().orElseThrow().load();
    assertImages(test, 9, 1, 96);
    Files.write(directory.resolve("unlabeled_X.bin"), records(1, 1, 96, true));
    assertEquals(0, ImageDataset.load(directory.resolve("unlabeled_X.bin")).classes());
  }

  @Test
  void damagedFilesOfStl10AreRefused() throws IOException {
    assertRefused("train_X.bin", new byte[27_647], "has 27647 bytes, expected a multiple of 27648");
    Files.write(directory.resolve("test_y.bin"), new byte[] {1, 2});
    Files.write(directory.resolve("test_X.bin"), new byte[27_648]);
    assertEquals(
        directory.resolve("test_y.bin") + ": has 2 labels, expected 1",
        assertThrows(DataException.class, () -> ImageDataset.load(directory.resolve("test_X.bin")))
            .getMessage());
    Files.write(directory.resolve("test_y.bin"), new byte[] {0});
    assertEquals(
        directory.resolve("test_y.bin") + ": image 0 has label 0, expected 1 to 10",
        assertThrows(DataException.class, () -> ImageDataset.load(directory.resolve("test_X.bin")))
            .getMessage());
  }

  private void assertRefused(String name, byte[] bytes, String problem) throws IOException {
    Path file = Files.write(directory.resolve(name), bytes);
    assertEquals(
        file + ": " + problem,
        assertThrows(DataException.class, () -> ImageDataset.load(file)).getMessage());
  }
}
