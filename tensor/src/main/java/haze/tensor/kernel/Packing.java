package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;

/// Brings a part of a matrix into the order in which the tiles read it: vectors of numbers that one
/// term of the sum needs, term behind term.
///
/// ```
/// for p < depth, j < n:
///   to[t0 + j / COUNT * block + p*row + j % COUNT] = from[f0 + p*term + j*lane]
/// ```
///
/// A's blocks have `row` = COUNT and `block` = depth * COUNT, B's panels `row` = the panel's width
/// and `block` = COUNT. What fills the last vector up is arbitrary: the columns or rows that come
/// of it are not used.
final class Packing {
  private Packing() {}

  /// Packs a part of a matrix, see the class comment.
  ///
  /// @param n numbers of a term
  /// @param depth terms
  /// @param lane distance of a term's numbers in the source
  /// @param term distance of terms in the source
  /// @param block distance of a term's vectors in the target
  /// @param row distance of terms in the target
  static void pack(int n, int depth, float[] from, int f0, int lane, int term, float[] to, int t0,
      int block, int row) {
    int j = 0;
    int at = t0;
    if (lane == 1) {
      for (; j + 4 * COUNT <= n; j += 4 * COUNT) {
        copy4(depth, from, f0 + j, term, to, at, block, row);
        at += 4 * block;
      }
      for (; j + COUNT <= n; j += COUNT) {
        copy(depth, from, f0 + j, term, to, at, row);
        at += block;
      }
    } else {
      int[] column = Vectors.column(lane);
      for (; j + COUNT <= n; j += COUNT) {
        gather(depth, from, f0 + j * lane, column, term, to, at, row);
        at += block;
      }
    }
    if (j < n) {
      rest(n - j, depth, from, f0 + j * lane, lane, term, to, at, row);
    }
  }

  private static void copy(int depth, float[] from, int f0, int term, float[] to, int t0,
      int row) {
    for (int p = 0; p < depth; p++) {
      fromArray(SPECIES, from, f0 + p * term).intoArray(to, t0 + p * row);
    }
  }

  /// Four vectors of a term at once, so that the source is read along its rows.
  private static void copy4(int depth, float[] from, int f0, int term, float[] to, int t0,
      int block, int row) {
    for (int p = 0; p < depth; p++) {
      int at = f0 + p * term;
      fromArray(SPECIES, from, at).intoArray(to, t0 + p * row);
      fromArray(SPECIES, from, at + COUNT).intoArray(to, t0 + block + p * row);
      fromArray(SPECIES, from, at + 2 * COUNT).intoArray(to, t0 + 2 * block + p * row);
      fromArray(SPECIES, from, at + 3 * COUNT).intoArray(to, t0 + 3 * block + p * row);
    }
  }

  private static void gather(int depth, float[] from, int f0, int[] column, int term, float[] to,
      int t0, int row) {
    for (int p = 0; p < depth; p++) {
      fromArray(SPECIES, from, f0 + p * term, column, 0).intoArray(to, t0 + p * row);
    }
  }

  /// Less than a vector; whole vectors are copied as far as the array goes on behind it.
  private static void rest(int n, int depth, float[] from, int f0, int lane, int term, float[] to,
      int t0, int row) {
    int copied = 0;
    if (lane == 1 && term > 0) {
      copied = Math.clamp(Math.floorDiv(from.length - COUNT - f0, term) + 1L, 0, depth);
      copy(copied, from, f0, term, to, t0, row);
    }
    for (int p = copied; p < depth; p++) {
      for (int j = 0; j < n; j++) {
        to[t0 + p * row + j] = from[f0 + p * term + j * lane];
      }
    }
  }
}
