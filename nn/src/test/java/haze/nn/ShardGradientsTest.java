package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ShardGradientsTest {
  @Test
  void theSumIsMadeInTheOrderOfTheShardsWhereItIsAskedFor() {
    ShardGradients gradients = new ShardGradients(3, 3, 4);
    // 1 is lost beside 2^25, unless the large ones have cancelled before.
    float[] parts = {0x1p25f, -0x1p25f, 1};
    for (int shard = 0; shard < parts.length; shard++) {
      float[] own = gradients.cleared(0, shard);
      own[1] = parts[shard];
      own[2] = parts[2 - shard];
      own[3] = 1;
    }
    gradients.sum(0, 1, 3);
    float[] sum = gradients.total();
    assertEquals(1, sum[1]);
    assertEquals(0, sum[2]);
    assertEquals(1, sum[3]);
    gradients.sum(0, 3, 4);
    assertEquals(3, sum[3]);
  }

  /// Each element of the sum is the float sum from the first shard to the last, negative zeros
  /// included.
  @Property
  void groupsOfAnySizeGiveTheSameBits(
      @ForAll @IntRange(min = 1, max = 9) int shards,
      @ForAll @IntRange(min = 1, max = 10) int atOnce,
      @ForAll @Size(27) List<@FloatRange(min = -1e6f, max = 1e6f) Float> values) {
    float[] expected = {-0f, values.get(0), values.get(1)};
    ShardGradients gradients = new ShardGradients(shards, atOnce, 3);
    int next = 0;
    for (int group = 0; group < gradients.groups(); group++) {
      assertEquals(next, gradients.first(group));
      for (int i = 0; i < gradients.count(group); i++) {
        float[] own = gradients.cleared(group, i);
        for (int k = 0; k < own.length; k++) {
          float value = k == 0 ? -0f : values.get(3 * next + k - 1);
          own[k] = value;
          expected[k] = next == 0 ? value : expected[k] + value;
        }
        next++;
      }
      gradients.sum(group, 0, 2);
      gradients.sum(group, 2, 3);
    }
    assertEquals(shards, next);
    for (int k = 0; k < expected.length; k++) {
      assertEquals(Float.floatToIntBits(expected[k]), Float.floatToIntBits(gradients.total()[k]));
    }
  }

  @Test
  void aGradientBeginsWithZeros() {
    ShardGradients gradients = new ShardGradients(1, 1, 2);
    gradients.cleared(0, 0)[1] = 5;
    assertArrayEquals(new float[2], gradients.cleared(0, 0));
  }
}
