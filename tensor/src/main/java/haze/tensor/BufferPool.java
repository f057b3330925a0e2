package haze.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Arrays that are used again: an operation's result is written into the memory of an earlier one
/// of the same size instead of a fresh array, which the JVM would have to clear and to collect.
///
/// Not thread-safe: a pool belongs to one worker at a time.
public final class BufferPool {
  /// The lengths that there are arrays of, ascending. Not a map, which would make an object of
  /// every number.
  private int[] lengths = new int[0];

  /// The free arrays of each length.
  private final List<ArrayDeque<float[]>> free = new ArrayList<>();

  private final List<float[]> scratch = new ArrayList<>();

  /// An empty pool.
  public BufferPool() {}

  /// An array of exactly this length, with arbitrary contents.
  ///
  /// @param length the number of elements
  /// @return a pooled array, or a new one if the pool has none of this length
  public float[] take(int length) {
    int i = Arrays.binarySearch(lengths, length);
    float[] array = i < 0 ? null : free.get(i).pollLast();
    return array == null ? new float[length] : array;
  }

  /// Gives an array back. Nobody may use it afterwards, until [#take] hands it out again.
  ///
  /// @param array an array that [#take] returned
  public void give(float[] array) {
    int i = Arrays.binarySearch(lengths, array.length);
    if (i < 0) {
      i = -(i + 1);
      int[] longer = Arrays.copyOf(lengths, lengths.length + 1);
      System.arraycopy(lengths, i, longer, i + 1, lengths.length - i);
      longer[i] = array.length;
      lengths = longer;
      free.add(i, new ArrayDeque<>());
    }
    free.get(i).addLast(array);
  }

  /// An array for the time of one operation, with arbitrary contents. Every kernel wants another
  /// length, so one array serves all: it grows to the longest, and stays in the processor's cache.
  ///
  /// @param length the least number of elements
  /// @return the shortest free array that is long enough, or a new one in the place of the longest
  public float[] borrow(int length) {
    int best = -1;
    int longest = -1;
    for (int i = 0; i < scratch.size(); i++) {
      int candidate = scratch.get(i).length;
      if (candidate >= length && (best < 0 || candidate < scratch.get(best).length)) {
        best = i;
      }
      if (longest < 0 || candidate > scratch.get(longest).length) {
        longest = i;
      }
    }
    if (best >= 0) {
      return scratch.remove(best);
    }
    if (longest >= 0) {
      scratch.remove(longest);
    }
    return new float[length];
  }

  /// Gives an array from [#borrow] back.
  ///
  /// @param array the array
  public void giveBack(float[] array) {
    scratch.add(array);
  }
}
