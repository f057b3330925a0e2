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

  /// At most a panel, any strides.
  static void panel(int m, int n, int n2, int n1, float[] a, int a0, int as0, int as1,
      int as2, float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, float[] d, int d0,
      int ds) {
    int j = 0;
    if (n == PANEL && m < 4 && MANY_REGISTERS) {
      for (int i = 0; i < m; i++) {
        tile1x4(n2, n1, a, a0 + i * as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, d,
            d0 + i * ds);
      }
      j = n;
    }
    for (; j + 2 * COUNT <= n; j += 2 * COUNT) {
      rows2(m, n2, n1, a, a0, as0, as1, as2, b, b0 + j, bs1, bs2, c, c0 + j, cs, d, d0 + j, ds);
    }
    if (j < n) {
      rows1(m, n2, n1, a, a0, as0, as1, as2, b, b0 + j, bs1, bs2, c, c0 + j, cs, d, d0 + j, ds);
    }
  }

  /// Two vectors of columns.
  private static void rows2(int m, int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, float[] d, int d0, int ds) {
    int i = 0;
    for (; i + 4 <= m; i += 4) {
      tile4x2(n2, n1, a, a0 + i * as0, as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, cs, d,
          d0 + i * ds, ds);
    }
    if (Tiles.mayOverlap(m - i, i, ds)) {
      i = m - 4;
      tile4x2(n2, n1, a, a0 + i * as0, as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, cs, d, d0,
          0);
      i = m;
    }
    for (; i < m; i++) {
      tile1x2(n2, n1, a, a0 + i * as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, d, d0 + i * ds);
    }
  }

  /// One vector of columns.
  private static void rows1(int m, int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, float[] d, int d0, int ds) {
    int i = 0;
    for (; i + 8 <= m; i += 8) {
      tile8x1(n2, n1, a, a0 + i * as0, as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, cs, d,
          d0 + i * ds, ds);
    }
    for (; i < m; i++) {
      tile1x1(n2, n1, a, a0 + i * as0, as1, as2, b, b0, bs1, bs2, c, c0 + i * cs, d, d0 + i * ds);
    }
  }

  private static void tile1x4(int n2, int n1, float[] a, int a0, int as1, int as2, float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c0c = zero(SPECIES);
    FloatVector c0d = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector ba = fromArray(SPECIES, b, kb);
        FloatVector bb = fromArray(SPECIES, b, kb + COUNT);
        FloatVector bc = fromArray(SPECIES, b, kb + 2 * COUNT);
        FloatVector bd = fromArray(SPECIES, b, kb + 3 * COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c0a = ak.fma(ba, c0a);
        c0b = ak.fma(bb, c0b);
        c0c = ak.fma(bc, c0c);
        c0d = ak.fma(bd, c0d);
        ka += as1;
        kb += bs1;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
  }

  private static void tile4x2(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, float[] d, int d0, int ds) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector ba = fromArray(SPECIES, b, kb);
        FloatVector bb = fromArray(SPECIES, b, kb + COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c0a = ak.fma(ba, c0a);
        c0b = ak.fma(bb, c0b);
        ak = broadcast(SPECIES, a[ka + as0]);
        c1a = ak.fma(ba, c1a);
        c1b = ak.fma(bb, c1b);
        ak = broadcast(SPECIES, a[ka + 2 * as0]);
        c2a = ak.fma(ba, c2a);
        c2b = ak.fma(bb, c2b);
        ak = broadcast(SPECIES, a[ka + 3 * as0]);
        c3a = ak.fma(ba, c3a);
        c3b = ak.fma(bb, c3b);
        ka += as1;
        kb += bs1;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + ds)).intoArray(c, c0 + cs);
    c1b.add(fromArray(SPECIES, d, d0 + ds + COUNT)).intoArray(c, c0 + cs + COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * ds)).intoArray(c, c0 + 2 * cs);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * ds + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * ds)).intoArray(c, c0 + 3 * cs);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * ds + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
  }

  private static void tile1x2(int n2, int n1, float[] a, int a0, int as1, int as2, float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector ba = fromArray(SPECIES, b, kb);
        FloatVector bb = fromArray(SPECIES, b, kb + COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c0a = ak.fma(ba, c0a);
        c0b = ak.fma(bb, c0b);
        ka += as1;
        kb += bs1;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
  }

  private static void tile8x1(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, float[] d, int d0, int ds) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c4a = zero(SPECIES);
    FloatVector c5a = zero(SPECIES);
    FloatVector c6a = zero(SPECIES);
    FloatVector c7a = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector ba = fromArray(SPECIES, b, kb);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c0a = ak.fma(ba, c0a);
        ak = broadcast(SPECIES, a[ka + as0]);
        c1a = ak.fma(ba, c1a);
        ak = broadcast(SPECIES, a[ka + 2 * as0]);
        c2a = ak.fma(ba, c2a);
        ak = broadcast(SPECIES, a[ka + 3 * as0]);
        c3a = ak.fma(ba, c3a);
        ak = broadcast(SPECIES, a[ka + 4 * as0]);
        c4a = ak.fma(ba, c4a);
        ak = broadcast(SPECIES, a[ka + 5 * as0]);
        c5a = ak.fma(ba, c5a);
        ak = broadcast(SPECIES, a[ka + 6 * as0]);
        c6a = ak.fma(ba, c6a);
        ak = broadcast(SPECIES, a[ka + 7 * as0]);
        c7a = ak.fma(ba, c7a);
        ka += as1;
        kb += bs1;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c1a.add(fromArray(SPECIES, d, d0 + ds)).intoArray(c, c0 + cs);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * ds)).intoArray(c, c0 + 2 * cs);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * ds)).intoArray(c, c0 + 3 * cs);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * ds)).intoArray(c, c0 + 4 * cs);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * ds)).intoArray(c, c0 + 5 * cs);
    c6a.add(fromArray(SPECIES, d, d0 + 6 * ds)).intoArray(c, c0 + 6 * cs);
    c7a.add(fromArray(SPECIES, d, d0 + 7 * ds)).intoArray(c, c0 + 7 * cs);
  }

  private static void tile1x1(int n2, int n1, float[] a, int a0, int as1, int as2, float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, float[] d, int d0) {
    FloatVector c0a = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector ba = fromArray(SPECIES, b, kb);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c0a = ak.fma(ba, c0a);
        ka += as1;
        kb += bs1;
      }
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
  }
}
