package haze.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Arrays that are used again: an operation's result is written into the memory of an earlier one
/// instead of a fresh array, which the JVM would have to clear and to collect.
///
/// An array of the same length comes first, then the shortest one of at most [#LONGER] times the
/// length: the passes of a network work on one resolution after the other, and those of the next
/// one are then free while it computes.
///
/// All its arrays together have at most twice the floats that were taken at one time, or [#SMALL]:
/// where work of many sizes comes, one after the other, arrays of the lengths that were not taken
/// for longest are given up.
///
/// Not thread-safe: a pool belongs to one worker at a time.
public final class BufferPool {
  /// Floats that a pool may keep however few are taken.
  private static final int SMALL = 1 << 20;

  /// Up to so many times as long as asked for may an array be: twice left the least memory of 1, 2,
  /// 4 and 16 in training a U-Net.
  private static final int LONGER = 2;

  /// The lengths of pooled arrays, ascending. Not a map, which would box every length.
  private int[] lengths = new int[0];

  /// The free arrays of each length.
  private final List<Free> free = new ArrayList<>();

  /// Floats of the arrays that are taken and those that are free, and the most that were taken at
  /// one time.
  private long taken;

  private long kept;
  private long peak;

  /// Counts what was taken, as a clock.
  private long time;

  private final List<float[]> scratch = new ArrayList<>();

  private static final class Free {
    final ArrayDeque<float[]> arrays = new ArrayDeque<>();

    /// When one was last taken.
    long used;
  }

  public BufferPool() {}

  /// {@return an array of at least this length, with arbitrary contents: pooled, or new, and then
  /// of this length}
  public float[] take(int length) {
    time++;
    float[] array = pooled(length);
    int taking = array == null ? length : array.length;
    taken += taking;
    peak = Math.max(peak, taken);
    if (array != null) {
      kept -= taking;
      return array;
    }
    while (kept > 0 && taken + kept > Math.max(SMALL, 2 * peak)) {
      dropOldest();
    }
    return new float[length];
  }

  /// The shortest free array that is long enough and not too long.
  private float @Nullable [] pooled(int length) {
    int i = Arrays.binarySearch(lengths, length);
    for (i = i < 0 ? -(i + 1) : i; i < lengths.length && lengths[i] / LONGER <= length; i++) {
      Free known = free.get(i);
      float[] array = known.arrays.pollLast();
      if (array != null) {
        known.used = time;
        return array;
      }
    }
    return null;
  }

  /// Gives up an array of the length that was not taken for longest.
  private void dropOldest() {
    Free oldest =
        free.stream()
            .filter(each -> !each.arrays.isEmpty())
            .min(Comparator.comparingLong(each -> each.used))
            .orElseThrow();
    kept -= oldest.arrays.removeFirst().length;
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
      free.add(i, new Free());
      free.get(i).used = time;
    }
    free.get(i).arrays.addLast(array);
    taken -= array.length;
    kept += array.length;
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
    long floats = kept + scratch.stream().mapToLong(array -> array.length).sum();
    return floats * Float.BYTES;
  }

  /// Gives an array from [#borrow] back.
  public void giveBack(float[] array) {
    scratch.add(array);
  }
}
