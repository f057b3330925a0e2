package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VectorsTest {
  @Test
  void channelsAreRoundedUpToWholeVectors() {
    int lanes = Vectors.bits() / Float.SIZE;
    assertEquals(0, Vectors.padded(0));
    assertEquals(lanes, Vectors.padded(1));
    assertEquals(lanes, Vectors.padded(lanes));
    assertEquals(2 * lanes, Vectors.padded(lanes + 1));
  }

  @Test
  void addedChannelsAreZeroAndTakenAwayAgain() {
    float[] wide = new float[12];
    Arrays.fill(wide, Float.NaN);
    Vectors.pad(2, 3, 5, new float[] {9, 1, 2, 3, 4, 5, 6, 9}, 1, wide, 1);
    float nan = Float.NaN;
    assertArrayEquals(new float[] {nan, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, nan}, wide);
    float[] narrow = new float[8];
    Vectors.unpad(2, 3, 5, wide, 1, narrow, 1);
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 0}, narrow);
  }
}
