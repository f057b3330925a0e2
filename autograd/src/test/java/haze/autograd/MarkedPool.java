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

/// A pool that is full of arrays of NaN, and knows them: who relies on zeroed memory gets NaN, and what was taken
/// and not given back, or given back twice, is found. It knows arrays of up to [#LONGEST] elements.
final class MarkedPool {
  private static final int LONGEST = 400;
  private static final int COPIES = 24;

  final BufferPool pool = new BufferPool();
  private final Set<float[]> marked = Collections.newSetFromMap(new IdentityHashMap<>());

  MarkedPool() {
    for (int length = 0; length <= LONGEST; length++) {
      for (int i = 0; i < COPIES; i++) {
        float[] array = new float[length];
        Arrays.fill(array, Float.NaN);
        marked.add(array);
        pool.give(array);
      }
    }
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
    taken.reversed().forEach(pool::give);
    return marked.size() - taken.size();
  }

  /// Fails unless every array is in the pool exactly once.
  void assertComplete() {
    assertEquals(0, missing(), "arrays not given back");
  }
}
