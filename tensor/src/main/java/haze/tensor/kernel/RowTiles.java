package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.Tiles.PANEL;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;

/// The tiles of [Tiles] for the most frequent case of a training step: A's rows are contiguous and
/// B's panel is packed, so that both strides along the sum are compile-time constants.
///
/// ```
/// C[c0 + i*cRow + j] = D[d0 + i*dRow + j]
///     + sum over t < taps, p < k: A[a0 + i*aRow + t*aTap + p] * B[b0 + (t*k + p)*W + j]
///                                                                        W = columns of B
/// ```
///
/// Then every address is `invariant + p * constant`, and C2 moves all bounds checks before the
/// loop. For the sake of that form the rows' starts are named locals and `p` is the loop's only
/// variable.
final class RowTiles {
  private RowTiles() {}

  /// Four vectors of columns.
  static void multiply4(int m, int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    int i = 0;
    while (m - i >= 4) {
      if (Tiles.nextIsSix(m - i)) {
        tile6x4(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow, d,
            d0 + i * dRow, dRow);
        i += 6;
      } else {
        tile4x4(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow, d,
            d0 + i * dRow, dRow);
        i += 4;
      }
    }
    if (Tiles.mayOverlap(m - i, i, dRow)) {
      i = m - 4;
      tile4x4(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow, d, d0, 0);
      i = m;
    }
    StridedTiles.panel(m - i, PANEL, taps, k, a, a0 + i * aRow, aRow, 1, aTap, b, b0, PANEL,
        k * PANEL, c, c0 + i * cRow, cRow, d, d0 + i * dRow, dRow);
  }

  /// One, two or three vectors of columns.
  static void multiplyFew(int vectors, int m, int taps, int k, float[] a, int a0, int aRow,
      int aTap, float[] b, int b0, float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    int i = 0;
    for (; i + 8 <= m; i += 8) {
      tile8(vectors, taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow, d,
          d0 + i * dRow, dRow);
    }
    if (Tiles.mayOverlap(m - i, i, dRow)) {
      i = m - 8;
      tile8(vectors, taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow, d, d0,
          0);
      i = m;
    }
    int n = vectors * COUNT;
    StridedTiles.panel(m - i, n, taps, k, a, a0 + i * aRow, aRow, 1, aTap, b, b0, n, k * n, c,
        c0 + i * cRow, cRow, d, d0 + i * dRow, dRow);
  }

  private static void tile8(int vectors, int taps, int k, float[] a, int a0, int aRow, int aTap,
      float[] b, int b0, float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    switch (vectors) {
      case 1 -> tile8x1(taps, k, a, a0, aRow, aTap, b, b0, c, c0, cRow, d, d0, dRow);
      case 2 -> tile8x2(taps, k, a, a0, aRow, aTap, b, b0, c, c0, cRow, d, d0, dRow);
      case 3 -> tile8x3(taps, k, a, a0, aRow, aTap, b, b0, c, c0, cRow, d, d0, dRow);
      default -> throw new IllegalArgumentException("tiles: " + vectors + " vectors of columns");
    }
  }

  static void tile6x4(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b, int b0,
      float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c0c = zero(SPECIES);
    FloatVector c0d = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c1c = zero(SPECIES);
    FloatVector c1d = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c2c = zero(SPECIES);
    FloatVector c2d = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    FloatVector c3c = zero(SPECIES);
    FloatVector c3d = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c4b = zero(SPECIES);
    FloatVector c4c = zero(SPECIES);
    FloatVector c4d = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c5b = zero(SPECIES);
    FloatVector c5c = zero(SPECIES);
    FloatVector c5d = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int bAt = b0 + t * k * PANEL;
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int row4 = row3 + aRow;
      int row5 = row4 + aRow;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt + p * PANEL);
        FloatVector bb = fromArray(SPECIES, b, bAt + p * PANEL + COUNT);
        FloatVector bc = fromArray(SPECIES, b, bAt + p * PANEL + 2 * COUNT);
        FloatVector bd = fromArray(SPECIES, b, bAt + p * PANEL + 3 * COUNT);
        FloatVector ap = broadcast(SPECIES, a[row0 + p]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        c0c = ap.fma(bc, c0c);
        c0d = ap.fma(bd, c0d);
        ap = broadcast(SPECIES, a[row1 + p]);
        c1a = ap.fma(ba, c1a);
        c1b = ap.fma(bb, c1b);
        c1c = ap.fma(bc, c1c);
        c1d = ap.fma(bd, c1d);
        ap = broadcast(SPECIES, a[row2 + p]);
        c2a = ap.fma(ba, c2a);
        c2b = ap.fma(bb, c2b);
        c2c = ap.fma(bc, c2c);
        c2d = ap.fma(bd, c2d);
        ap = broadcast(SPECIES, a[row3 + p]);
        c3a = ap.fma(ba, c3a);
        c3b = ap.fma(bb, c3b);
        c3c = ap.fma(bc, c3c);
        c3d = ap.fma(bd, c3d);
        ap = broadcast(SPECIES, a[row4 + p]);
        c4a = ap.fma(ba, c4a);
        c4b = ap.fma(bb, c4b);
        c4c = ap.fma(bc, c4c);
        c4d = ap.fma(bd, c4d);
        ap = broadcast(SPECIES, a[row5 + p]);
        c5a = ap.fma(ba, c5a);
        c5b = ap.fma(bb, c5b);
        c5c = ap.fma(bc, c5c);
        c5d = ap.fma(bd, c5d);
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + dRow)).intoArray(c, c0 + cRow);
    c1b.add(fromArray(SPECIES, d, d0 + dRow + COUNT)).intoArray(c, c0 + cRow + COUNT);
    c1c.add(fromArray(SPECIES, d, d0 + dRow + 2 * COUNT)).intoArray(c, c0 + cRow + 2 * COUNT);
    c1d.add(fromArray(SPECIES, d, d0 + dRow + 3 * COUNT)).intoArray(c, c0 + cRow + 3 * COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * dRow)).intoArray(c, c0 + 2 * cRow);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * dRow + COUNT)).intoArray(c, c0 + 2 * cRow + COUNT);
    c2c.add(fromArray(SPECIES, d, d0 + 2 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 2 * cRow + 2 * COUNT);
    c2d.add(fromArray(SPECIES, d, d0 + 2 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 2 * cRow + 3 * COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * dRow)).intoArray(c, c0 + 3 * cRow);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * dRow + COUNT)).intoArray(c, c0 + 3 * cRow + COUNT);
    c3c.add(fromArray(SPECIES, d, d0 + 3 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 3 * cRow + 2 * COUNT);
    c3d.add(fromArray(SPECIES, d, d0 + 3 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 3 * cRow + 3 * COUNT);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * dRow)).intoArray(c, c0 + 4 * cRow);
    c4b.add(fromArray(SPECIES, d, d0 + 4 * dRow + COUNT)).intoArray(c, c0 + 4 * cRow + COUNT);
    c4c.add(fromArray(SPECIES, d, d0 + 4 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 4 * cRow + 2 * COUNT);
    c4d.add(fromArray(SPECIES, d, d0 + 4 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 4 * cRow + 3 * COUNT);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * dRow)).intoArray(c, c0 + 5 * cRow);
    c5b.add(fromArray(SPECIES, d, d0 + 5 * dRow + COUNT)).intoArray(c, c0 + 5 * cRow + COUNT);
    c5c.add(fromArray(SPECIES, d, d0 + 5 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 5 * cRow + 2 * COUNT);
    c5d.add(fromArray(SPECIES, d, d0 + 5 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 5 * cRow + 3 * COUNT);
  }

  static void tile4x4(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b, int b0,
      float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c0c = zero(SPECIES);
    FloatVector c0d = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c1c = zero(SPECIES);
    FloatVector c1d = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c2c = zero(SPECIES);
    FloatVector c2d = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    FloatVector c3c = zero(SPECIES);
    FloatVector c3d = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int bAt = b0 + t * k * PANEL;
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt + p * PANEL);
        FloatVector bb = fromArray(SPECIES, b, bAt + p * PANEL + COUNT);
        FloatVector bc = fromArray(SPECIES, b, bAt + p * PANEL + 2 * COUNT);
        FloatVector bd = fromArray(SPECIES, b, bAt + p * PANEL + 3 * COUNT);
        FloatVector ap = broadcast(SPECIES, a[row0 + p]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        c0c = ap.fma(bc, c0c);
        c0d = ap.fma(bd, c0d);
        ap = broadcast(SPECIES, a[row1 + p]);
        c1a = ap.fma(ba, c1a);
        c1b = ap.fma(bb, c1b);
        c1c = ap.fma(bc, c1c);
        c1d = ap.fma(bd, c1d);
        ap = broadcast(SPECIES, a[row2 + p]);
        c2a = ap.fma(ba, c2a);
        c2b = ap.fma(bb, c2b);
        c2c = ap.fma(bc, c2c);
        c2d = ap.fma(bd, c2d);
        ap = broadcast(SPECIES, a[row3 + p]);
        c3a = ap.fma(ba, c3a);
        c3b = ap.fma(bb, c3b);
        c3c = ap.fma(bc, c3c);
        c3d = ap.fma(bd, c3d);
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + dRow)).intoArray(c, c0 + cRow);
    c1b.add(fromArray(SPECIES, d, d0 + dRow + COUNT)).intoArray(c, c0 + cRow + COUNT);
    c1c.add(fromArray(SPECIES, d, d0 + dRow + 2 * COUNT)).intoArray(c, c0 + cRow + 2 * COUNT);
    c1d.add(fromArray(SPECIES, d, d0 + dRow + 3 * COUNT)).intoArray(c, c0 + cRow + 3 * COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * dRow)).intoArray(c, c0 + 2 * cRow);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * dRow + COUNT)).intoArray(c, c0 + 2 * cRow + COUNT);
    c2c.add(fromArray(SPECIES, d, d0 + 2 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 2 * cRow + 2 * COUNT);
    c2d.add(fromArray(SPECIES, d, d0 + 2 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 2 * cRow + 3 * COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * dRow)).intoArray(c, c0 + 3 * cRow);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * dRow + COUNT)).intoArray(c, c0 + 3 * cRow + COUNT);
    c3c.add(fromArray(SPECIES, d, d0 + 3 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 3 * cRow + 2 * COUNT);
    c3d.add(fromArray(SPECIES, d, d0 + 3 * dRow + 3 * COUNT))
        .intoArray(c, c0 + 3 * cRow + 3 * COUNT);
  }

  static void tile8x2(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b, int b0,
      float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c4b = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c5b = zero(SPECIES);
    FloatVector c6a = zero(SPECIES);
    FloatVector c6b = zero(SPECIES);
    FloatVector c7a = zero(SPECIES);
    FloatVector c7b = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int bAt = b0 + t * k * 2 * COUNT;
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int row4 = row3 + aRow;
      int row5 = row4 + aRow;
      int row6 = row5 + aRow;
      int row7 = row6 + aRow;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt + p * (2 * COUNT));
        FloatVector bb = fromArray(SPECIES, b, bAt + p * (2 * COUNT) + COUNT);
        FloatVector ap = broadcast(SPECIES, a[row0 + p]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        ap = broadcast(SPECIES, a[row1 + p]);
        c1a = ap.fma(ba, c1a);
        c1b = ap.fma(bb, c1b);
        ap = broadcast(SPECIES, a[row2 + p]);
        c2a = ap.fma(ba, c2a);
        c2b = ap.fma(bb, c2b);
        ap = broadcast(SPECIES, a[row3 + p]);
        c3a = ap.fma(ba, c3a);
        c3b = ap.fma(bb, c3b);
        ap = broadcast(SPECIES, a[row4 + p]);
        c4a = ap.fma(ba, c4a);
        c4b = ap.fma(bb, c4b);
        ap = broadcast(SPECIES, a[row5 + p]);
        c5a = ap.fma(ba, c5a);
        c5b = ap.fma(bb, c5b);
        ap = broadcast(SPECIES, a[row6 + p]);
        c6a = ap.fma(ba, c6a);
        c6b = ap.fma(bb, c6b);
        ap = broadcast(SPECIES, a[row7 + p]);
        c7a = ap.fma(ba, c7a);
        c7b = ap.fma(bb, c7b);
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + dRow)).intoArray(c, c0 + cRow);
    c1b.add(fromArray(SPECIES, d, d0 + dRow + COUNT)).intoArray(c, c0 + cRow + COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * dRow)).intoArray(c, c0 + 2 * cRow);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * dRow + COUNT)).intoArray(c, c0 + 2 * cRow + COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * dRow)).intoArray(c, c0 + 3 * cRow);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * dRow + COUNT)).intoArray(c, c0 + 3 * cRow + COUNT);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * dRow)).intoArray(c, c0 + 4 * cRow);
    c4b.add(fromArray(SPECIES, d, d0 + 4 * dRow + COUNT)).intoArray(c, c0 + 4 * cRow + COUNT);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * dRow)).intoArray(c, c0 + 5 * cRow);
    c5b.add(fromArray(SPECIES, d, d0 + 5 * dRow + COUNT)).intoArray(c, c0 + 5 * cRow + COUNT);
    c6a.add(fromArray(SPECIES, d, d0 + 6 * dRow)).intoArray(c, c0 + 6 * cRow);
    c6b.add(fromArray(SPECIES, d, d0 + 6 * dRow + COUNT)).intoArray(c, c0 + 6 * cRow + COUNT);
    c7a.add(fromArray(SPECIES, d, d0 + 7 * dRow)).intoArray(c, c0 + 7 * cRow);
    c7b.add(fromArray(SPECIES, d, d0 + 7 * dRow + COUNT)).intoArray(c, c0 + 7 * cRow + COUNT);
  }

  static void tile8x3(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b, int b0,
      float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c0c = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c1c = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c2c = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    FloatVector c3c = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c4b = zero(SPECIES);
    FloatVector c4c = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c5b = zero(SPECIES);
    FloatVector c5c = zero(SPECIES);
    FloatVector c6a = zero(SPECIES);
    FloatVector c6b = zero(SPECIES);
    FloatVector c6c = zero(SPECIES);
    FloatVector c7a = zero(SPECIES);
    FloatVector c7b = zero(SPECIES);
    FloatVector c7c = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int bAt = b0 + t * k * 3 * COUNT;
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int row4 = row3 + aRow;
      int row5 = row4 + aRow;
      int row6 = row5 + aRow;
      int row7 = row6 + aRow;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt + p * (3 * COUNT));
        FloatVector bb = fromArray(SPECIES, b, bAt + p * (3 * COUNT) + COUNT);
        FloatVector bc = fromArray(SPECIES, b, bAt + p * (3 * COUNT) + 2 * COUNT);
        FloatVector ap = broadcast(SPECIES, a[row0 + p]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        c0c = ap.fma(bc, c0c);
        ap = broadcast(SPECIES, a[row1 + p]);
        c1a = ap.fma(ba, c1a);
        c1b = ap.fma(bb, c1b);
        c1c = ap.fma(bc, c1c);
        ap = broadcast(SPECIES, a[row2 + p]);
        c2a = ap.fma(ba, c2a);
        c2b = ap.fma(bb, c2b);
        c2c = ap.fma(bc, c2c);
        ap = broadcast(SPECIES, a[row3 + p]);
        c3a = ap.fma(ba, c3a);
        c3b = ap.fma(bb, c3b);
        c3c = ap.fma(bc, c3c);
        ap = broadcast(SPECIES, a[row4 + p]);
        c4a = ap.fma(ba, c4a);
        c4b = ap.fma(bb, c4b);
        c4c = ap.fma(bc, c4c);
        ap = broadcast(SPECIES, a[row5 + p]);
        c5a = ap.fma(ba, c5a);
        c5b = ap.fma(bb, c5b);
        c5c = ap.fma(bc, c5c);
        ap = broadcast(SPECIES, a[row6 + p]);
        c6a = ap.fma(ba, c6a);
        c6b = ap.fma(bb, c6b);
        c6c = ap.fma(bc, c6c);
        ap = broadcast(SPECIES, a[row7 + p]);
        c7a = ap.fma(ba, c7a);
        c7b = ap.fma(bb, c7b);
        c7c = ap.fma(bc, c7c);
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + dRow)).intoArray(c, c0 + cRow);
    c1b.add(fromArray(SPECIES, d, d0 + dRow + COUNT)).intoArray(c, c0 + cRow + COUNT);
    c1c.add(fromArray(SPECIES, d, d0 + dRow + 2 * COUNT)).intoArray(c, c0 + cRow + 2 * COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * dRow)).intoArray(c, c0 + 2 * cRow);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * dRow + COUNT)).intoArray(c, c0 + 2 * cRow + COUNT);
    c2c.add(fromArray(SPECIES, d, d0 + 2 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 2 * cRow + 2 * COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * dRow)).intoArray(c, c0 + 3 * cRow);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * dRow + COUNT)).intoArray(c, c0 + 3 * cRow + COUNT);
    c3c.add(fromArray(SPECIES, d, d0 + 3 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 3 * cRow + 2 * COUNT);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * dRow)).intoArray(c, c0 + 4 * cRow);
    c4b.add(fromArray(SPECIES, d, d0 + 4 * dRow + COUNT)).intoArray(c, c0 + 4 * cRow + COUNT);
    c4c.add(fromArray(SPECIES, d, d0 + 4 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 4 * cRow + 2 * COUNT);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * dRow)).intoArray(c, c0 + 5 * cRow);
    c5b.add(fromArray(SPECIES, d, d0 + 5 * dRow + COUNT)).intoArray(c, c0 + 5 * cRow + COUNT);
    c5c.add(fromArray(SPECIES, d, d0 + 5 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 5 * cRow + 2 * COUNT);
    c6a.add(fromArray(SPECIES, d, d0 + 6 * dRow)).intoArray(c, c0 + 6 * cRow);
    c6b.add(fromArray(SPECIES, d, d0 + 6 * dRow + COUNT)).intoArray(c, c0 + 6 * cRow + COUNT);
    c6c.add(fromArray(SPECIES, d, d0 + 6 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 6 * cRow + 2 * COUNT);
    c7a.add(fromArray(SPECIES, d, d0 + 7 * dRow)).intoArray(c, c0 + 7 * cRow);
    c7b.add(fromArray(SPECIES, d, d0 + 7 * dRow + COUNT)).intoArray(c, c0 + 7 * cRow + COUNT);
    c7c.add(fromArray(SPECIES, d, d0 + 7 * dRow + 2 * COUNT))
        .intoArray(c, c0 + 7 * cRow + 2 * COUNT);
  }

  static void tile8x1(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b, int b0,
      float[] c, int c0, int cRow, float[] d, int d0, int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c6a = zero(SPECIES);
    FloatVector c7a = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int bAt = b0 + t * k * COUNT;
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int row4 = row3 + aRow;
      int row5 = row4 + aRow;
      int row6 = row5 + aRow;
      int row7 = row6 + aRow;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt + p * COUNT);
        FloatVector ap = broadcast(SPECIES, a[row0 + p]);
        c0a = ap.fma(ba, c0a);
        ap = broadcast(SPECIES, a[row1 + p]);
        c1a = ap.fma(ba, c1a);
        ap = broadcast(SPECIES, a[row2 + p]);
        c2a = ap.fma(ba, c2a);
        ap = broadcast(SPECIES, a[row3 + p]);
        c3a = ap.fma(ba, c3a);
        ap = broadcast(SPECIES, a[row4 + p]);
        c4a = ap.fma(ba, c4a);
        ap = broadcast(SPECIES, a[row5 + p]);
        c5a = ap.fma(ba, c5a);
        ap = broadcast(SPECIES, a[row6 + p]);
        c6a = ap.fma(ba, c6a);
        ap = broadcast(SPECIES, a[row7 + p]);
        c7a = ap.fma(ba, c7a);
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c1a.add(fromArray(SPECIES, d, d0 + dRow)).intoArray(c, c0 + cRow);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * dRow)).intoArray(c, c0 + 2 * cRow);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * dRow)).intoArray(c, c0 + 3 * cRow);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * dRow)).intoArray(c, c0 + 4 * cRow);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * dRow)).intoArray(c, c0 + 5 * cRow);
    c6a.add(fromArray(SPECIES, d, d0 + 6 * dRow)).intoArray(c, c0 + 6 * cRow);
    c7a.add(fromArray(SPECIES, d, d0 + 7 * dRow)).intoArray(c, c0 + 7 * cRow);
  }
}
