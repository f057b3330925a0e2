package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  @Test
  void anArrayGivenBackIsHandedOutAgainForTheSameLengthOnly() {
    var pool = new BufferPool();
    float[] array = pool.take(5);
    assertEquals(5, array.length);
    pool.give(array);
    assertNotSame(array, pool.take(4));
    assertNotSame(array, pool.take(6));
    assertSame(array, pool.take(5));
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
      pool.give(given.get(length));
    }
    given.forEach((length, array) -> assertSame(array, pool.take(length)));
  }
}
