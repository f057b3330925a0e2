package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.ImageDataset;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/// A data set for tests: 8x8 images of noise with a bright row, whose place is the class.
public final class BarsFixture {
  public static final int CLASSES = 3;
  private static final int SIDE = 8;
  private static final int HEADER = 16;
  private static final int NOISE = 200;
  private static final int BRIGHT = 255;

  private BarsFixture() {}

  /// The images and what they show, in memory.
  public static ImageDataset dataset(int count) {
    byte[] file = idx(count);
    return ImageDataset.ofLevels(
        Arrays.copyOfRange(file, HEADER, file.length),
        Shape.of(SIDE, SIDE, 1),
        IntStream.range(0, count).map(BarsFixture::label).toArray());
  }

  /// Writes the images.
  public static Path images(Path file, int count) throws IOException {
    return Files.write(file, idx(count));
  }

  private static byte[] idx(int count) {
    var random = new Random(count);
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + count * SIDE * SIDE);
    bytes.put(new byte[] {0, 0, 8, 3}).putInt(count).putInt(SIDE).putInt(SIDE);
    for (int i = 0; i < count; i++) {
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          bytes.put((byte) (row == 1 + 2 * label(i) ? BRIGHT : random.nextInt(NOISE)));
        }
      }
    }
    return bytes.array();
  }

  /// Writes what they show.
  public static Path labels(Path file, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + count);
    bytes.put(new byte[] {0, 0, 8, 1}).putInt(count);
    for (int i = 0; i < count; i++) {
      bytes.put((byte) label(i));
    }
    return Files.write(file, bytes.array());
  }

  private static int label(int image) {
    return image % CLASSES;
  }
}
