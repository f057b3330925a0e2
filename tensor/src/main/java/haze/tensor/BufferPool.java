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
  /// The lengths of pooled arrays, ascending. Not a map, which would box every length.
  private int[] lengths = new int[0];

  /// The free arrays of each length.
  private final List<ArrayDeque<float[]>> free = new ArrayList<>();

  private final List<float[]> scratch = new ArrayList<>();

  public BufferPool() {}

  /// {@return an array of exactly this length, with arbitrary contents: pooled, or new if there is
  /// none}
  public float[] take(int length) {
    int i = Arrays.binarySearch(lengths, length);
    float[] array = i < 0 ? null : free.get(i).pollLast();
    return array == null ? new float[length] : array;
  }

  /// Gives an array from [#take] back; the caller may not use it afterwards.
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

  /// An array of at least this length for the time of one operation, with arbitrary contents: the
  /// shortest free one that is long enough, else a new one in the place of the longest. Every
  /// kernel needs another length, so one array serves all: it grows to the longest, and stays in
  /// the processor's cache.
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

  /// {@return the memory of all free arrays, in bytes}
  public long bytes() {
    long floats = scratch.stream().mapToLong(array -> array.length).sum();
    for (int i = 0; i < lengths.length; i++) {
      floats += (long) lengths[i] * free.get(i).size();
    }
    return floats * Float.BYTES;
  }

  /// Gives an array from [#borrow] back.
  public void giveBack(float[] array) {
    scratch.add(array);
  }
}
