package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchOrderTest {
  private static final int PURPOSE = 1;

  @Property(tries = 300)
  void eachImageComesExactlyOnceAnEpoch(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 3000) int count,
      @ForAll @IntRange(min = 1, max = 300) int batch) {
    var order = new BatchOrder(seed, PURPOSE, count, batch);
    int epochs = 3;
    int[] drawn =
        IntStream.range(0, Math.ceilDiv(epochs * count, batch))
            .flatMap(step -> Arrays.stream(order.indices(step)))
            .toArray();
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] sorted = Arrays.copyOfRange(drawn, epoch * count, (epoch + 1) * count);
      Arrays.sort(sorted);
      assertArrayEquals(IntStream.range(0, count).toArray(), sorted);
    }
  }

  @Property(tries = 100)
  void theSizeOfABatchDoesNotChangeTheOrder(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 500) int count,
      @ForAll @IntRange(min = 1, max = 50) int batch) {
    var order = new BatchOrder(seed, PURPOSE, count, batch);
    var oneByOne = new BatchOrder(seed, PURPOSE, count, 1);
    for (int step = 20; step >= 0; step--) {
      int[] indices = order.indices(step);
      for (int i = 0; i < batch; i++) {
        assertEquals(oneByOne.indices(step * batch + i)[0], indices[i]);
      }
    }
  }

  @Test
  void epochsSeedsAndPurposesDiffer() {
    int[] first = new BatchOrder(1, PURPOSE, 100, 100).indices(0);
    assertFalse(Arrays.equals(first, new BatchOrder(1, PURPOSE, 100, 100).indices(1)));
    assertFalse(Arrays.equals(first, new BatchOrder(2, PURPOSE, 100, 100).indices(0)));
    assertFalse(Arrays.equals(first, new BatchOrder(1, PURPOSE + 1, 100, 100).indices(0)));
  }

  @Test
  void everyImageIsAsLikelyInEveryPlace() {
    // 10 images: a network of 4 x 4, so that walking past the 6 others matters too.
    int count = 10;
    int epochs = 20_000;
    int[][] seen = new int[count][count];
    var order = new BatchOrder(7, PURPOSE, count, count);
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] indices = order.indices(epoch);
      for (int place = 0; place < count; place++) {
        seen[place][indices[place]]++;
      }
    }
    double expected = (double) epochs / count;
    double chiSquare =
        Arrays.stream(seen)
            .flatMapToInt(Arrays::stream)
            .mapToDouble(n -> (n - expected) * (n - expected) / expected)
            .sum();
    // 81 degrees of freedom: mean 81, standard deviation 12.7; one try in 10^6 exceeds 155.
    assertTrue(chiSquare < 155, "chi-square " + chiSquare);
  }

  @Test
  void neighboursOfOneEpochAreStrangersInTheNext() {
    // In a random permutation a pair (i, i + 1) stays together once an epoch on average.
    int count = 60_000;
    int[] epoch = new BatchOrder(7, PURPOSE, count, count).indices(3);
    long together = IntStream.range(1, count).filter(i -> epoch[i] == epoch[i - 1] + 1).count();
    assertTrue(together < 10, together + " pairs stayed together");
  }

  @Test
  void theLastStepsOfALongRunExist() {
    int[] indices = new BatchOrder(7, PURPOSE, 60_000, 1024).indices(Integer.MAX_VALUE);
    assertTrue(Arrays.stream(indices).allMatch(i -> i >= 0 && i < 60_000));
    int[] large = new BatchOrder(7, PURPOSE, Integer.MAX_VALUE, 100).indices(5);
    assertTrue(Arrays.stream(large).allMatch(i -> i >= 0));
  }

  @Test
  void wrongSizesAreNamed() {
    assertEquals(
        "batch order: expected positive sizes: batch 0 of 5 images",
        assertThrows(IllegalArgumentException.class, () -> new BatchOrder(1, PURPOSE, 5, 0))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> new BatchOrder(1, PURPOSE, 0, 5));
    var order = new BatchOrder(1, PURPOSE, 5, 5);
    assertEquals(
        "batch order: negative step -1",
        assertThrows(IllegalArgumentException.class, () -> order.indices(-1)).getMessage());
  }
}
