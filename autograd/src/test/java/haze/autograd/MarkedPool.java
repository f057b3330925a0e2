package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.BufferPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// A pool that is full of arrays of NaN, and knows them: who relies on zeroed memory gets NaN, and
/// what was taken and not given back, or given back twice, is found. It knows arrays of up to
/// [#LONGEST] elements, and some to borrow.
final class MarkedPool {
  private static final int LONGEST = 200;
  private static final int COPIES = 24;
  private static final int BORROWED = 16;
  private static final int BORROWED_LENGTH = 1 << 15;

  final BufferPool pool = new BufferPool();
  private final Set<float[]> marked = Collections.newSetFromMap(new IdentityHashMap<>());

  MarkedPool() {
    this(COPIES);
  }

  /// @param copies arrays of each length, more than a test has at a time: the account ends at a new
  ///   array
  MarkedPool(int copies) {
    for (int length = 0; length <= LONGEST; length++) {
      for (int i = 0; i < copies; i++) {
        pool.give(mark(length));
      }
    }
    for (int i = 0; i < BORROWED; i++) {
      pool.giveBack(mark(BORROWED_LENGTH));
    }
  }

  private float[] mark(int length) {
    float[] array = new float[length];
    Arrays.fill(array, Float.NaN);
    marked.add(array);
    return array;
  }

  /// How many arrays are out. Fails if one is in the pool twice.
  int missing() {
    Set<float[]> found = Collections.newSetFromMap(new IdentityHashMap<>());
    List<float[]> taken = new ArrayList<>();
    for (int length = 0; length <= LONGEST; length++) {
      for (float[] array = pool.take(length); marked.contains(array); array = pool.take(length)) {
        assertTrue(found.add(array), "an array of " + length + " was given back twice");
        taken.add(array);
      }
    }
    List<float[]> borrowed = new ArrayList<>();
    for (float[] array = pool.borrow(0); marked.contains(array); array = pool.borrow(0)) {
      assertTrue(found.add(array), "a borrowed array was given back twice");
      borrowed.add(array);
    }
    taken.reversed().forEach(pool::give);
    borrowed.forEach(pool::giveBack);
    return marked.size() - found.size();
  }

  /// Fails unless every array is in the pool exactly once.
  void assertComplete() {
    assertEquals(0, missing(), "arrays not given back");
  }
}
