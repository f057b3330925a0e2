package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import haze.tensor.Workers;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShardGradientsTest {
  private static float[] taken(ShardGradients gradients, int shard) {
    return Objects.requireNonNull(gradients.take(shard));
  }

  @Test
  void theSumIsMadeInTheOrderOfTheShardsWhereItIsAskedFor() {
    ShardGradients gradients = new ShardGradients(3, 3, 4);
    // 1 is lost beside 2^25, unless the large ones have cancelled before.
    float[] parts = {0x1p25f, -0x1p25f, 1};
    float[][] own = new float[3][];
    for (int shard = 0; shard < parts.length; shard++) {
      own[shard] = taken(gradients, shard);
      own[shard][1] = parts[shard];
      own[shard][2] = parts[2 - shard];
      own[shard][3] = 1;
    }
    for (int shard = 2; shard >= 0; shard--) {
      gradients.finish(shard, own[shard]);
    }
    gradients.add(1, 3);
    float[] sum = gradients.total();
    assertEquals(1, sum[1]);
    assertEquals(0, sum[2]);
    assertEquals(1, sum[3]);
    gradients.add(3, 4);
    assertEquals(3, sum[3]);
  }

  /// Each element of the sum is the float sum from the first shard to the last, negative zeros
  /// included, in few arrays, and as few shards are computed at the same time as there may be.
  @Property(tries = 200)
  void anyNumberAtOnceOnAnyThreadsGivesTheSameBits(
      @ForAll @IntRange(min = 1, max = 9) int shards,
      @ForAll @IntRange(min = 1, max = 10) int atOnce,
      @ForAll @IntRange(min = 1, max = 4) int threads,
      @ForAll @Size(27) List<@FloatRange(min = -1e6f, max = 1e6f) Float> values) {
    float[] expected = {-0f, values.get(0), values.get(1)};
    ShardGradients gradients = new ShardGradients(shards, atOnce, 3);
    Set<float[]> arrays =
        Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (Workers workers = new Workers(threads)) {
      for (int step = 0; step < 2; step++) {
        gradients.begin();
        workers.run(
            shards,
            (shard, _) -> {
              float[] own = taken(gradients, shard);
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              assertArrayEquals(new float[3], own);
              arrays.add(own);
              own[0] = -0f;
              own[1] = values.get(3 * shard);
              own[2] = values.get(3 * shard + 1);
              running.decrementAndGet();
              gradients.finish(shard, own);
            });
      }
    }
    gradients.add(0, 2);
    gradients.add(2, 3);
    for (int shard = 1; shard < shards; shard++) {
      expected[1] += values.get(3 * shard);
      expected[2] += values.get(3 * shard + 1);
    }
    for (int k = 0; k < expected.length; k++) {
      assertEquals(Float.floatToIntBits(expected[k]), Float.floatToIntBits(gradients.total()[k]));
    }
    assertEquals(true, arrays.size() <= Math.min(shards, atOnce + 1) && most.get() <= atOnce);
  }

  /// The second shard is slow: two others are computed meanwhile, then there is no array left.
  @Test
  void whoeverFindsNoArrayWaitsForTheShardThatTheSumNeeds() throws Exception {
    ShardGradients gradients = new ShardGradients(5, 2, 1);
    gradients.finish(0, taken(gradients, 0));
    float[] slow = taken(gradients, 1);
    float[] second = taken(gradients, 2);
    assertNotSame(slow, second);
    gradients.finish(2, second);
    var third = CompletableFuture.supplyAsync(() -> taken(gradients, 3));
    assertNull(third.copy().completeOnTimeout(null, 200, TimeUnit.MILLISECONDS).get());
    assertEquals(0, gradients.total()[0]);
    slow[0] = 7;
    gradients.finish(1, slow);
    assertSame(slow, third.get());
    assertEquals(7, gradients.total()[0]);
  }

  @Test
  void aShardThatFailsEndsTheWaitingOfOthers() throws Exception {
    ShardGradients gradients = new ShardGradients(3, 1, 1);
    assertEquals(1, taken(gradients, 0).length);
    var waiting = CompletableFuture.supplyAsync(() -> Arrays.asList(gradients.take(1)));
    assertNull(waiting.completeOnTimeout(null, 200, TimeUnit.MILLISECONDS).get());
    gradients.finish(0, null);
    assertNull(gradients.take(1));
    gradients.begin();
    assertEquals(1, taken(gradients, 0).length);
  }

  @Test
  void theSumIsTheGradientOfTheFirstShard() {
    ShardGradients gradients = new ShardGradients(1, 1, 2);
    float[] own = taken(gradients, 0);
    own[1] = 5;
    gradients.finish(0, own);
    gradients.add(0, 2);
    assertSame(own, gradients.total());
    gradients.begin();
    assertArrayEquals(new float[2], gradients.take(0));
  }
}
