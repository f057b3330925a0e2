package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ShardGradientsTest {
  @Test
  void theSumIsMadeInTheOrderOfTheShardsWhereItIsAskedFor() {
    ShardGradients gradients = new ShardGradients(3, 4);
    // 1 is lost beside 2^25, unless the large ones have cancelled before.
    float[] parts = {0x1p25f, -0x1p25f, 1};
    for (int shard = 0; shard < parts.length; shard++) {
      float[] own = gradients.cleared(shard);
      own[1] = parts[shard];
      own[2] = parts[2 - shard];
      own[3] = 1;
    }
    gradients.sum(1, 3);
    float[] sum = gradients.total();
    assertEquals(1, sum[1]);
    assertEquals(0, sum[2]);
    assertEquals(1, sum[3]);
    gradients.sum(3, 4);
    assertEquals(3, sum[3]);
  }

  @Test
  void aGradientBeginsWithZeros() {
    ShardGradients gradients = new ShardGradients(1, 2);
    gradients.cleared(0)[1] = 5;
    assertArrayEquals(new float[2], gradients.cleared(0));
  }
}
