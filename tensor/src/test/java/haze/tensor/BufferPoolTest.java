package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  @Test
  void anArrayGivenBackIsHandedOutAgainForUpToHalfItsLength() {
    var pool = new BufferPool();
    float[] array = pool.take(50);
    assertEquals(50, array.length);
    pool.give(array);
    assertNotSame(array, pool.take(51));
    assertNotSame(array, pool.take(24));
    for (int length : new int[] {25, 49, 50}) {
      assertSame(array, pool.take(length));
      pool.give(array);
    }
  }

  @Test
  void theShortestThatIsLongEnoughIsTaken() {
    var pool = new BufferPool();
    float[] longer = pool.take(60);
    float[] shorter = pool.take(50);
    pool.give(longer);
    pool.give(shorter);
    assertSame(shorter, pool.take(40));
    assertSame(longer, pool.take(40));
    pool.give(longer);
    // What is counted is what an array has, not what was asked for.
    assertEquals(60 * Float.BYTES, pool.bytes());
  }

  @Test
  void noArrayIsHandedOutTwice() {
    var pool = new BufferPool();
    float[] a = pool.take(5);
    float[] b = pool.take(5);
    assertNotSame(a, b);
    pool.give(a);
    pool.give(b);
    assertNotSame(pool.take(5), pool.take(5));
    float[] fresh = pool.take(5);
    assertNotSame(a, fresh);
    assertNotSame(b, fresh);
  }

  @Test
  void emptyArraysArePooledToo() {
    var pool = new BufferPool();
    float[] empty = pool.take(0);
    pool.give(empty);
    assertSame(empty, pool.take(0));
  }

  @Test
  void everyLengthHasItsOwnArraysInWhateverOrderTheyCome() {
    var pool = new BufferPool();
    Map<Integer, float[]> given = new HashMap<>();
    for (int length : new int[] {7, 3, 9, 1, 5, 0, 8, 4}) {
      given.put(length, pool.take(length));
    }
    given.values().forEach(pool::give);
    given.forEach((length, array) -> assertSame(array, pool.take(length)));
  }

  @Test
  void manySizesOneAfterTheOtherKeepTwiceTheLargest() {
    var pool = new BufferPool();
    int large = 1 << 20;
    for (int size = 1; size <= 20; size++) {
      float[][] work = {pool.take(large + size), pool.take(large / 2 + size)};
      pool.give(work[0]);
      pool.give(work[1]);
    }
    long most = 2L * (large + large / 2 + 2 * 20) * Float.BYTES;
    assertTrue(pool.bytes() <= most && pool.bytes() >= most / 2, () -> pool.bytes() + " bytes");
    assertNotSame(pool.take(large + 20), pool.take(large + 20));
  }

  @Test
  void whatWasNotTakenForLongestGoesFirst() {
    var pool = new BufferPool();
    int size = 1 << 20;
    float[] often = pool.take(size);
    pool.give(often);
    pool.give(pool.take(size + 1));
    assertSame(often, pool.take(size));
    pool.give(often);
    pool.give(pool.take(size + 2));
    assertSame(often, pool.take(size));
  }
}
