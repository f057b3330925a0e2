package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class MnistTest {
  @Test
  void theFilesAreTheOnesThatTheirOriginDescribes() throws Exception {
    List<String[]> rows =
        new String(bytes("ORIGIN.md"), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.contains("-ubyte.gz |"))
            .map(line -> line.split("\\s*\\|\\s*"))
            .toList();
    assertEquals(4, rows.size());
    for (String[] row : rows) {
      String name = row[1];
      byte[] packed = bytes(name);
      assertEquals(row[3], Integer.toString(packed.length), name);
      assertEquals(row[4], sha256(packed), name);
      byte[] content;
      try (var in = new GZIPInputStream(resource(name))) {
        content = in.readAllBytes();
      }
      assertEquals(row[5], Integer.toString(content.length), name);
      assertEquals(row[6], sha256(content), name);
    }
  }

  @Test
  void thereAre60000ImagesToLearnFrom() throws DataException {
    ImageDataset train = Mnist.train();
    assertEquals(60000, train.count());
    assertEquals(Shape.of(28, 28, 1), train.imageShape());
    // How often each digit occurs, as the database's many descriptions give it.
    assertArrayEquals(
        new int[] {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, digits(train));
    // The published mean of the pixels in [0, 1].
    assertEquals(0.1307, mean(train), 1e-4);
  }

  @Test
  void thereAre10000ImagesToMeasureWith() throws DataException {
    ImageDataset test = Mnist.test();
    assertEquals(10000, test.count());
    assertEquals(Shape.of(28, 28, 1), test.imageShape());
    assertArrayEquals(
        new int[] {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, digits(test));
  }

  private static int[] digits(ImageDataset images) {
    int[] counts = new int[10];
    for (int i = 0; i < images.count(); i++) {
      counts[images.label(i)]++;
    }
    return counts;
  }

  private static double mean(ImageDataset images) {
    Tensor image = Tensor.zeros(1, 28, 28, 1);
    double sum = 0;
    for (int i = 0; i < images.count(); i++) {
      images.images(new int[] {i}, image);
      for (float x : image.data()) {
        sum += x / 2 + 0.5;
      }
    }
    return sum / images.count() / image.size();
  }

  private static InputStream resource(String name) {
    return Mnist.class.getResourceAsStream("mnist/" + name);
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = resource(name)) {
      return in.readAllBytes();
    }
  }

  private static String sha256(byte[] content) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
