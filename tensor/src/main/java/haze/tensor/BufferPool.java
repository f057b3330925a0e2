package haze.tensor;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// Arrays that are used again: an operation's result is written into the memory of an earlier one of the
/// same size instead of a fresh array, which the JVM would have to clear and to collect.
///
/// Not thread-safe: a pool belongs to one worker at a time.
public final class BufferPool {
  private final Map<Integer, ArrayDeque<float[]>> free = new HashMap<>();

  /// An empty pool.
  public BufferPool() {}

  /// An array of exactly this length, with arbitrary contents.
  ///
  /// @param length the number of elements
  /// @return a pooled array, or a new one if the pool has none of this length
  public float[] take(int length) {
    ArrayDeque<float[]> arrays = free.get(length);
    float[] array = arrays == null ? null : arrays.pollLast();
    return array == null ? new float[length] : array;
  }

  /// Gives an array back. Nobody may use it afterwards, until [#take] hands it out again.
  ///
  /// @param array an array that [#take] returned
  public void give(float[] array) {
    free.computeIfAbsent(array.length, _ -> new ArrayDeque<>()).addLast(array);
  }
}
