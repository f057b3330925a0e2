package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.Tiles.PANEL;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;

/// The tiles of [Tiles] for a packed A: [Lanes#COUNT] rows lie side by side, so that the numbers of
/// A that one step of the sum needs share a cache line and an address.
///
/// ```
/// C[c0 + i*cs + j] = D[d0 + i*ds + j] + sum over k < n: A[a0 + k*COUNT + i] * B[b0 + k*W + j]
///                                                                     W = columns, i < COUNT
/// ```
///
/// As in [RowTiles] every address is `invariant + k * constant`, so that no bounds check stays in
/// the loop.
final class PackedTiles {
  private PackedTiles() {}

  /// At most [Lanes#COUNT] rows by four vectors of columns.
  static void multiply4(int m, int n, float[] a, int a0, float[] b, int b0, float[] c, int c0,
      int cs, float[] d, int d0, int ds) {
    int i = 0;
    while (m - i >= 4) {
      if (Tiles.nextIsSix(m - i)) {
        tile6x4(n, a, a0 + i, b, b0, c, c0 + i * cs, cs, d, d0 + i * ds, ds);
        i += 6;
      } else {
        tile4x4(n, a, a0 + i, b, b0, c, c0 + i * cs, cs, d, d0 + i * ds, ds);
        i += 4;
      }
    }
    if (Tiles.mayOverlap(m - i, i, ds)) {
      i = m - 4;
      tile4x4(n, a, a0 + i, b, b0, c, c0 + i * cs, cs, d, d0, 0);
      i = m;
    }
    StridedTiles.panel(m - i, PANEL, 1, n, a, a0 + i, 1, COUNT, 0, b, b0, PANEL, 0, c,
        c0 + i * cs, cs, d, d0 + i * ds, ds);
  }

  /// At most [Lanes#COUNT] rows by two vectors of columns.
  static void multiply2(int m, int n, float[] a, int a0, float[] b, int b0, float[] c, int c0,
      int cs, float[] d, int d0, int ds) {
    int i = 0;
    for (; i + 8 <= m; i += 8) {
      tile8x2(n, a, a0 + i, b, b0, c, c0 + i * cs, cs, d, d0 + i * ds, ds);
    }
    if (Tiles.mayOverlap(m - i, i, ds)) {
      i = m - 8;
      tile8x2(n, a, a0 + i, b, b0, c, c0 + i * cs, cs, d, d0, 0);
      i = m;
    }
    StridedTiles.panel(m - i, 2 * COUNT, 1, n, a, a0 + i, 1, COUNT, 0, b, b0, 2 * COUNT, 0, c,
        c0 + i * cs, cs, d, d0 + i * ds, ds);
  }

  static void tile6x4(int n, float[] a, int a0, float[] b, int b0, float[] c, int c0, int cs,
      float[] d, int d0, int ds) {
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
    for (int k = 0; k < n; k++) {
      FloatVector ba = fromArray(SPECIES, b, b0 + k * PANEL);
      FloatVector bb = fromArray(SPECIES, b, b0 + k * PANEL + COUNT);
      FloatVector bc = fromArray(SPECIES, b, b0 + k * PANEL + 2 * COUNT);
      FloatVector bd = fromArray(SPECIES, b, b0 + k * PANEL + 3 * COUNT);
      FloatVector ak = broadcast(SPECIES, a[a0 + k * COUNT]);
      c0a = ak.fma(ba, c0a);
      c0b = ak.fma(bb, c0b);
      c0c = ak.fma(bc, c0c);
      c0d = ak.fma(bd, c0d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 1]);
      c1a = ak.fma(ba, c1a);
      c1b = ak.fma(bb, c1b);
      c1c = ak.fma(bc, c1c);
      c1d = ak.fma(bd, c1d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 2]);
      c2a = ak.fma(ba, c2a);
      c2b = ak.fma(bb, c2b);
      c2c = ak.fma(bc, c2c);
      c2d = ak.fma(bd, c2d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 3]);
      c3a = ak.fma(ba, c3a);
      c3b = ak.fma(bb, c3b);
      c3c = ak.fma(bc, c3c);
      c3d = ak.fma(bd, c3d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 4]);
      c4a = ak.fma(ba, c4a);
      c4b = ak.fma(bb, c4b);
      c4c = ak.fma(bc, c4c);
      c4d = ak.fma(bd, c4d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 5]);
      c5a = ak.fma(ba, c5a);
      c5b = ak.fma(bb, c5b);
      c5c = ak.fma(bc, c5c);
      c5d = ak.fma(bd, c5d);
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + ds)).intoArray(c, c0 + cs);
    c1b.add(fromArray(SPECIES, d, d0 + ds + COUNT)).intoArray(c, c0 + cs + COUNT);
    c1c.add(fromArray(SPECIES, d, d0 + ds + 2 * COUNT)).intoArray(c, c0 + cs + 2 * COUNT);
    c1d.add(fromArray(SPECIES, d, d0 + ds + 3 * COUNT)).intoArray(c, c0 + cs + 3 * COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * ds)).intoArray(c, c0 + 2 * cs);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * ds + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
    c2c.add(fromArray(SPECIES, d, d0 + 2 * ds + 2 * COUNT)).intoArray(c, c0 + 2 * cs + 2 * COUNT);
    c2d.add(fromArray(SPECIES, d, d0 + 2 * ds + 3 * COUNT)).intoArray(c, c0 + 2 * cs + 3 * COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * ds)).intoArray(c, c0 + 3 * cs);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * ds + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
    c3c.add(fromArray(SPECIES, d, d0 + 3 * ds + 2 * COUNT)).intoArray(c, c0 + 3 * cs + 2 * COUNT);
    c3d.add(fromArray(SPECIES, d, d0 + 3 * ds + 3 * COUNT)).intoArray(c, c0 + 3 * cs + 3 * COUNT);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * ds)).intoArray(c, c0 + 4 * cs);
    c4b.add(fromArray(SPECIES, d, d0 + 4 * ds + COUNT)).intoArray(c, c0 + 4 * cs + COUNT);
    c4c.add(fromArray(SPECIES, d, d0 + 4 * ds + 2 * COUNT)).intoArray(c, c0 + 4 * cs + 2 * COUNT);
    c4d.add(fromArray(SPECIES, d, d0 + 4 * ds + 3 * COUNT)).intoArray(c, c0 + 4 * cs + 3 * COUNT);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * ds)).intoArray(c, c0 + 5 * cs);
    c5b.add(fromArray(SPECIES, d, d0 + 5 * ds + COUNT)).intoArray(c, c0 + 5 * cs + COUNT);
    c5c.add(fromArray(SPECIES, d, d0 + 5 * ds + 2 * COUNT)).intoArray(c, c0 + 5 * cs + 2 * COUNT);
    c5d.add(fromArray(SPECIES, d, d0 + 5 * ds + 3 * COUNT)).intoArray(c, c0 + 5 * cs + 3 * COUNT);
  }

  static void tile4x4(int n, float[] a, int a0, float[] b, int b0, float[] c, int c0, int cs,
      float[] d, int d0, int ds) {
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
    for (int k = 0; k < n; k++) {
      FloatVector ba = fromArray(SPECIES, b, b0 + k * PANEL);
      FloatVector bb = fromArray(SPECIES, b, b0 + k * PANEL + COUNT);
      FloatVector bc = fromArray(SPECIES, b, b0 + k * PANEL + 2 * COUNT);
      FloatVector bd = fromArray(SPECIES, b, b0 + k * PANEL + 3 * COUNT);
      FloatVector ak = broadcast(SPECIES, a[a0 + k * COUNT]);
      c0a = ak.fma(ba, c0a);
      c0b = ak.fma(bb, c0b);
      c0c = ak.fma(bc, c0c);
      c0d = ak.fma(bd, c0d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 1]);
      c1a = ak.fma(ba, c1a);
      c1b = ak.fma(bb, c1b);
      c1c = ak.fma(bc, c1c);
      c1d = ak.fma(bd, c1d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 2]);
      c2a = ak.fma(ba, c2a);
      c2b = ak.fma(bb, c2b);
      c2c = ak.fma(bc, c2c);
      c2d = ak.fma(bd, c2d);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 3]);
      c3a = ak.fma(ba, c3a);
      c3b = ak.fma(bb, c3b);
      c3c = ak.fma(bc, c3c);
      c3d = ak.fma(bd, c3d);
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c0c.add(fromArray(SPECIES, d, d0 + 2 * COUNT)).intoArray(c, c0 + 2 * COUNT);
    c0d.add(fromArray(SPECIES, d, d0 + 3 * COUNT)).intoArray(c, c0 + 3 * COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + ds)).intoArray(c, c0 + cs);
    c1b.add(fromArray(SPECIES, d, d0 + ds + COUNT)).intoArray(c, c0 + cs + COUNT);
    c1c.add(fromArray(SPECIES, d, d0 + ds + 2 * COUNT)).intoArray(c, c0 + cs + 2 * COUNT);
    c1d.add(fromArray(SPECIES, d, d0 + ds + 3 * COUNT)).intoArray(c, c0 + cs + 3 * COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * ds)).intoArray(c, c0 + 2 * cs);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * ds + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
    c2c.add(fromArray(SPECIES, d, d0 + 2 * ds + 2 * COUNT)).intoArray(c, c0 + 2 * cs + 2 * COUNT);
    c2d.add(fromArray(SPECIES, d, d0 + 2 * ds + 3 * COUNT)).intoArray(c, c0 + 2 * cs + 3 * COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * ds)).intoArray(c, c0 + 3 * cs);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * ds + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
    c3c.add(fromArray(SPECIES, d, d0 + 3 * ds + 2 * COUNT)).intoArray(c, c0 + 3 * cs + 2 * COUNT);
    c3d.add(fromArray(SPECIES, d, d0 + 3 * ds + 3 * COUNT)).intoArray(c, c0 + 3 * cs + 3 * COUNT);
  }

  static void tile8x2(int n, float[] a, int a0, float[] b, int b0, float[] c, int c0, int cs,
      float[] d, int d0, int ds) {
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
    for (int k = 0; k < n; k++) {
      FloatVector ba = fromArray(SPECIES, b, b0 + k * (2 * COUNT));
      FloatVector bb = fromArray(SPECIES, b, b0 + k * (2 * COUNT) + COUNT);
      FloatVector ak = broadcast(SPECIES, a[a0 + k * COUNT]);
      c0a = ak.fma(ba, c0a);
      c0b = ak.fma(bb, c0b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 1]);
      c1a = ak.fma(ba, c1a);
      c1b = ak.fma(bb, c1b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 2]);
      c2a = ak.fma(ba, c2a);
      c2b = ak.fma(bb, c2b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 3]);
      c3a = ak.fma(ba, c3a);
      c3b = ak.fma(bb, c3b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 4]);
      c4a = ak.fma(ba, c4a);
      c4b = ak.fma(bb, c4b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 5]);
      c5a = ak.fma(ba, c5a);
      c5b = ak.fma(bb, c5b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 6]);
      c6a = ak.fma(ba, c6a);
      c6b = ak.fma(bb, c6b);
      ak = broadcast(SPECIES, a[a0 + k * COUNT + 7]);
      c7a = ak.fma(ba, c7a);
      c7b = ak.fma(bb, c7b);
    }
    c0a.add(fromArray(SPECIES, d, d0)).intoArray(c, c0);
    c0b.add(fromArray(SPECIES, d, d0 + COUNT)).intoArray(c, c0 + COUNT);
    c1a.add(fromArray(SPECIES, d, d0 + ds)).intoArray(c, c0 + cs);
    c1b.add(fromArray(SPECIES, d, d0 + ds + COUNT)).intoArray(c, c0 + cs + COUNT);
    c2a.add(fromArray(SPECIES, d, d0 + 2 * ds)).intoArray(c, c0 + 2 * cs);
    c2b.add(fromArray(SPECIES, d, d0 + 2 * ds + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
    c3a.add(fromArray(SPECIES, d, d0 + 3 * ds)).intoArray(c, c0 + 3 * cs);
    c3b.add(fromArray(SPECIES, d, d0 + 3 * ds + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
    c4a.add(fromArray(SPECIES, d, d0 + 4 * ds)).intoArray(c, c0 + 4 * cs);
    c4b.add(fromArray(SPECIES, d, d0 + 4 * ds + COUNT)).intoArray(c, c0 + 4 * cs + COUNT);
    c5a.add(fromArray(SPECIES, d, d0 + 5 * ds)).intoArray(c, c0 + 5 * cs);
    c5b.add(fromArray(SPECIES, d, d0 + 5 * ds + COUNT)).intoArray(c, c0 + 5 * cs + COUNT);
    c6a.add(fromArray(SPECIES, d, d0 + 6 * ds)).intoArray(c, c0 + 6 * cs);
    c6b.add(fromArray(SPECIES, d, d0 + 6 * ds + COUNT)).intoArray(c, c0 + 6 * cs + COUNT);
    c7a.add(fromArray(SPECIES, d, d0 + 7 * ds)).intoArray(c, c0 + 7 * cs);
    c7b.add(fromArray(SPECIES, d, d0 + 7 * ds + COUNT)).intoArray(c, c0 + 7 * cs + COUNT);
  }
}
