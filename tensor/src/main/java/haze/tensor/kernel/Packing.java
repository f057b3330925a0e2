package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;

/// Brings a part of a matrix into the order in which the tiles read it: vectors of the numbers of
/// one term of the sum, term behind term.
///
/// ```
/// for p < k, j < n:
///   to[to0 + j / COUNT * toVector + p*toTerm + j % COUNT] = from[from0 + p*fromTerm + j*fromLane]
/// ```
///
/// A's blocks have `toTerm` = COUNT and `toVector` = k * COUNT, B's panels `toTerm` = the panel's
/// width and `toVector` = COUNT. What fills up the last vector is arbitrary: the rows or columns
/// computed from it are not used.
final class Packing {
  private Packing() {}

  /// Packs k terms of n numbers, see the class comment.
  static void pack(int n, int k, float[] from, int from0, int fromLane, int fromTerm, float[] to,
      int to0, int toVector, int toTerm) {
    int j = 0;
    int at = to0;
    if (fromLane == 1) {
      for (; j + 4 * COUNT <= n; j += 4 * COUNT) {
        copy4(k, from, from0 + j, fromTerm, to, at, toVector, toTerm);
        at += 4 * toVector;
      }
      for (; j + COUNT <= n; j += COUNT) {
        copy(k, from, from0 + j, fromTerm, to, at, toTerm);
        at += toVector;
      }
    } else {
      for (; j + COUNT <= n; j += COUNT) {
        gather(k, from, from0 + j * fromLane, fromLane, fromTerm, to, at, toTerm);
        at += toVector;
      }
    }
    if (j < n) {
      rest(n - j, k, from, from0 + j * fromLane, fromLane, fromTerm, to, at, toTerm);
    }
  }

  private static void copy(int k, float[] from, int from0, int fromTerm, float[] to, int to0,
      int toTerm) {
    for (int p = 0; p < k; p++) {
      fromArray(SPECIES, from, from0 + p * fromTerm).intoArray(to, to0 + p * toTerm);
    }
  }

  /// Four vectors of a term at once, so that the source is read along its rows.
  private static void copy4(int k, float[] from, int from0, int fromTerm, float[] to, int to0,
      int toVector, int toTerm) {
    for (int p = 0; p < k; p++) {
      int at = from0 + p * fromTerm;
      fromArray(SPECIES, from, at).intoArray(to, to0 + p * toTerm);
      fromArray(SPECIES, from, at + COUNT).intoArray(to, to0 + toVector + p * toTerm);
      fromArray(SPECIES, from, at + 2 * COUNT).intoArray(to, to0 + 2 * toVector + p * toTerm);
      fromArray(SPECIES, from, at + 3 * COUNT).intoArray(to, to0 + 3 * toVector + p * toTerm);
    }
  }

  private static void gather(int k, float[] from, int from0, int fromLane, int fromTerm, float[] to,
      int to0, int toTerm) {
    for (int p = 0; p < k; p++) {
      Vectors.gather(COUNT, from, from0 + p * fromTerm, fromLane, to, to0 + p * toTerm);
    }
  }

  /// Less than a vector. Whole vectors are copied where the array goes on behind it.
  private static void rest(int n, int k, float[] from, int from0, int fromLane, int fromTerm,
      float[] to, int to0, int toTerm) {
    int copied = 0;
    if (fromLane == 1 && fromTerm > 0) {
      copied = Math.clamp(Math.floorDiv(from.length - COUNT - from0, fromTerm) + 1L, 0, k);
      copy(copied, from, from0, fromTerm, to, to0, toTerm);
    }
    for (int p = copied; p < k; p++) {
      for (int j = 0; j < n; j++) {
        to[to0 + p * toTerm + j] = from[from0 + p * fromTerm + j * fromLane];
      }
    }
  }
}
