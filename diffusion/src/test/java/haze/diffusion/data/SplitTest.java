package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitTest {
  @Property
  void ofEachBlockOneIsHeldOutAndTheTwoPartsAreAll(
      @ForAll @IntRange(min = 1, max = 500) int count,
      @ForAll @IntRange(min = 2, max = 30) int oneIn) {
    Split split = new Split(count, oneIn);
    int[] held = split.indices(true);
    int[] kept = split.indices(false);
    assertEquals(count / oneIn, held.length);
    for (int block = 0; block < held.length; block++) {
      assertEquals(block, held[block] / oneIn);
    }
    int[] all = IntStream.concat(Arrays.stream(held), Arrays.stream(kept)).sorted().toArray();
    assertArrayEquals(IntStream.range(0, count).toArray(), all);
  }

  @Test
  void imagesBehindTheOthersChangeNothingBeforeThem() {
    int[] few = new Split(1000, 10).indices(true);
    int[] more = new Split(1237, 10).indices(true);
    assertArrayEquals(few, Arrays.copyOf(more, few.length));
    // The places within the blocks are no pattern.
    assertTrue(Arrays.stream(few).map(index -> index % 10).distinct().count() > 8);
    assertArrayEquals(new int[] {FIRST[0], FIRST[1], FIRST[2]}, Arrays.copyOf(few, 3));
  }

  /// Runs that are there rely on them.
  private static final int[] FIRST = {0, 15, 28};
}
