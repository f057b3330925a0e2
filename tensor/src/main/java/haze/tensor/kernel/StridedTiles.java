package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.Tiles.MANY_REGISTERS;
import static haze.tensor.kernel.Tiles.PANEL;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;

/// The tiles of [Tiles] for any strides and any number of rows: for the rows and columns that the
/// others leave over, for operands that are not packed, and for machines with 16 vector registers,
/// for which they are small.
final class StridedTiles {
  private StridedTiles() {}

  /// At most a panel of columns.
  static void panel(int m, int n, int taps, int k, float[] a, int a0, int aRow, int aCol, int aTap,
      float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow, float[] d, int d0,
      int dRow) {
    int j = 0;
    if (n == PANEL && m < 4 && MANY_REGISTERS) {
      for (int i = 0; i < m; i++) {
        tile1x4(taps, k, a, a0 + i * aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow, d,
            d0 + i * dRow);
      }
      j = n;
    }
    for (; j + 2 * COUNT <= n; j += 2 * COUNT) {
      rows2(m, taps, k, a, a0, aRow, aCol, aTap, b, b0 + j, bRow, bTap, c, c0 + j, cRow, d, d0 + j,
          dRow);
    }
    if (j < n) {
      rows1(m, taps, k, a, a0, aRow, aCol, aTap, b, b0 + j, bRow, bTap, c, c0 + j, cRow, d, d0 + j,
          dRow);
    }
  }

  /// Two vectors of columns.
  private static void rows2(int m, int taps, int k, float[] a, int a0, int aRow, int aCol, int aTap,
      float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow, float[] d, int d0,
      int dRow) {
    int i = 0;
    for (; i + 4 <= m; i += 4) {
      tile4x2(taps, k, a, a0 + i * aRow, aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow,
          cRow, d, d0 + i * dRow, dRow);
    }
    if (Tiles.mayOverlap(m - i, i, dRow)) {
      i = m - 4;
      tile4x2(taps, k, a, a0 + i * aRow, aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow,
          cRow, d, d0, 0);
      i = m;
    }
    for (; i < m; i++) {
      tile1x2(taps, k, a, a0 + i * aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow, d,
          d0 + i * dRow);
    }
  }

  /// One vector of columns.
  private static void rows1(int m, int taps, int k, float[] a, int a0, int aRow, int aCol, int aTap,
      float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow, float[] d, int d0,
      int dRow) {
    int i = 0;
    for (; i + 8 <= m; i += 8) {
      tile8x1(taps, k, a, a0 + i * aRow, aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow,
          cRow, d, d0 + i * dRow, dRow);
    }
    for (; i < m; i++) {
      tile1x1(taps, k, a, a0 + i * aRow, aCol, aTap, b, b0, bRow, bTap, c, c0 + i * cRow, d,
          d0 + i * dRow);
    }
  }

  private static void tile1x4(int taps, int k, float[] a, int a0, int aCol, int aTap, float[] b,
      int b0, int bRow, int bTap, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c0c = zero(SPECIES);
    FloatVector c0d = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int aAt = a0 + t * aTap;
      int bAt = b0 + t * bTap;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt);
        FloatVector bb = fromArray(SPECIES, b, bAt + COUNT);
        FloatVector bc = fromArray(SPECIES, b, bAt + 2 * COUNT);
        FloatVector bd = fromArray(SPECIES, b, bAt + 3 * COUNT);
        FloatVector ap = broadcast(SPECIES, a[aAt]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        c0c = ap.fma(bc, c0c);
        c0d = ap.fma(bd, c0d);
        aAt += aCol;
        bAt += bRow;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
  }

  private static void tile4x2(int taps, int k, float[] a, int a0, int aRow, int aCol, int aTap,
      float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow, float[] d, int d0,
      int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int aAt = a0 + t * aTap;
      int bAt = b0 + t * bTap;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt);
        FloatVector bb = fromArray(SPECIES, b, bAt + COUNT);
        FloatVector ap = broadcast(SPECIES, a[aAt]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        ap = broadcast(SPECIES, a[aAt + aRow]);
        c1a = ap.fma(ba, c1a);
        c1b = ap.fma(bb, c1b);
        ap = broadcast(SPECIES, a[aAt + 2 * aRow]);
        c2a = ap.fma(ba, c2a);
        c2b = ap.fma(bb, c2b);
        ap = broadcast(SPECIES, a[aAt + 3 * aRow]);
        c3a = ap.fma(ba, c3a);
        c3b = ap.fma(bb, c3b);
        aAt += aCol;
        bAt += bRow;
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
  }

  private static void tile1x2(int taps, int k, float[] a, int a0, int aCol, int aTap, float[] b,
      int b0, int bRow, int bTap, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int aAt = a0 + t * aTap;
      int bAt = b0 + t * bTap;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt);
        FloatVector bb = fromArray(SPECIES, b, bAt + COUNT);
        FloatVector ap = broadcast(SPECIES, a[aAt]);
        c0a = ap.fma(ba, c0a);
        c0b = ap.fma(bb, c0b);
        aAt += aCol;
        bAt += bRow;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
  }

  private static void tile8x1(int taps, int k, float[] a, int a0, int aRow, int aCol, int aTap,
      float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow, float[] d, int d0,
      int dRow) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c6a = zero(SPECIES);
    FloatVector c7a = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int aAt = a0 + t * aTap;
      int bAt = b0 + t * bTap;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt);
        FloatVector ap = broadcast(SPECIES, a[aAt]);
        c0a = ap.fma(ba, c0a);
        ap = broadcast(SPECIES, a[aAt + aRow]);
        c1a = ap.fma(ba, c1a);
        ap = broadcast(SPECIES, a[aAt + 2 * aRow]);
        c2a = ap.fma(ba, c2a);
        ap = broadcast(SPECIES, a[aAt + 3 * aRow]);
        c3a = ap.fma(ba, c3a);
        ap = broadcast(SPECIES, a[aAt + 4 * aRow]);
        c4a = ap.fma(ba, c4a);
        ap = broadcast(SPECIES, a[aAt + 5 * aRow]);
        c5a = ap.fma(ba, c5a);
        ap = broadcast(SPECIES, a[aAt + 6 * aRow]);
        c6a = ap.fma(ba, c6a);
        ap = broadcast(SPECIES, a[aAt + 7 * aRow]);
        c7a = ap.fma(ba, c7a);
        aAt += aCol;
        bAt += bRow;
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

  private static void tile1x1(int taps, int k, float[] a, int a0, int aCol, int aTap, float[] b,
      int b0, int bRow, int bTap, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int aAt = a0 + t * aTap;
      int bAt = b0 + t * bTap;
      for (int p = 0; p < k; p++) {
        FloatVector ba = fromArray(SPECIES, b, bAt);
        FloatVector ap = broadcast(SPECIES, a[aAt]);
        c0a = ap.fma(ba, c0a);
        aAt += aCol;
        bAt += bRow;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
  }
}
