package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;

/// The linear maps of Winograd's F(4x4, 3x3) (Lavin and Gray 2016, "Fast algorithms for
/// convolutional neural networks"), each applied first in one direction of a tile and then in the
/// other.
///
/// ```
///         | 4  0 -5  0  1  0 |        |  1/4    0    0  |         | 1  1  1  1  1  0 |
///         | 0 -4 -4  1  1  0 |        | -1/6 -1/6 -1/6  |   A^T = | 0  1 -1  2 -2  0 |
///   B^T = | 0  4 -4 -1  1  0 |    G = | -1/6  1/6 -1/6  |         | 0  1  1  4  4  0 |
///         | 0 -2 -1  2  1  0 |        | 1/24 1/12  1/6  |         | 0  1 -1  8 -8  1 |
///         | 0  2 -1 -2  1  0 |        | 1/24 -1/12 1/6  |
///         | 0  4  0 -5  0  1 |        |   0    0    1   |
/// ```
///
/// The tiles of an image's row of tiles, a **strip**, go together: down the columns one loop runs
/// along the whole strip, and the pixels that two neighbours share are transformed once. An element
/// of a tile is `n` floats, one a channel, in lanes; n is a multiple of the vector length.
///
/// The distance of two accesses decides how fast these loops are. Where it is a constant, they
/// share one address and one check of the array's bounds; where it is a variable, each has its own,
/// and that is more work than the arithmetic. Hence the planes, the rows of a strip and its columns
/// lie at constant distances ([#PLANE], [#ROW], [#COLUMN]), three lines of a map are computed in
/// the same turn, and tiles and channels are one loop.
final class WinogradTransforms {
  /// Floats from one of the 36 planes of a block of transformed tiles to the next: 527 cache lines,
  /// so that all planes spread evenly over the sets of a cache. Multiples of 4 kB would share a few
  /// sets.
  static final int PLANE = 527 * 16;
  /// Floats from one row of a strip to the next, as the maps down the columns leave them.
  static final int ROW = 609 * 16;
  /// Floats from one column of a strip of the output to the next, as the maps along the rows leave
  /// them.
  static final int COLUMN = 65 * 16;

  private static final float SIXTH = 1f / 6;
  private static final float TWELFTH = 1f / 12;
  private static final float TWENTY_FOURTH = 1f / 24;

  private WinogradTransforms() {}

  /// `B^T d` for a strip of the input, `n` floats wide: pixels and their channels.
  ///
  /// @param d0 array of the strip's row 0, from `i0` on; likewise rows 1 to 5
  /// @param out receives row i at `out0 + i*ROW`
  static void inputColumns(int n, float[] d0, int i0, float[] d1, int i1, float[] d2, int i2,
      float[] d3, int i3, float[] d4, int i4, float[] d5, int i5, float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector x1 = fromArray(SPECIES, d1, i1 + k);
      FloatVector x2 = fromArray(SPECIES, d2, i2 + k);
      FloatVector x3 = fromArray(SPECIES, d3, i3 + k);
      FloatVector x4 = fromArray(SPECIES, d4, i4 + k);
      FloatVector even = x2.fma(broadcast(SPECIES, -4), x4);
      FloatVector odd = x1.fma(broadcast(SPECIES, -4), x3);
      fromArray(SPECIES, d0, i0 + k).fma(broadcast(SPECIES, 4),
          x2.fma(broadcast(SPECIES, -5), x4)).intoArray(out, out0 + k);
      even.add(odd).intoArray(out, out0 + k + ROW);
      even.sub(odd).intoArray(out, out0 + k + 2 * ROW);
      even = x4.sub(x2);
      odd = x3.sub(x1);
      odd.fma(broadcast(SPECIES, 2), even).intoArray(out, out0 + k + 3 * ROW);
      odd.fma(broadcast(SPECIES, -2), even).intoArray(out, out0 + k + 4 * ROW);
      x1.fma(broadcast(SPECIES, 4),
          x3.fma(broadcast(SPECIES, -5), fromArray(SPECIES, d5, i5 + k)))
          .intoArray(out, out0 + k + 5 * ROW);
    }
  }

  /// The input's second step, `(B^T d) B`, for three rows of a strip's tiles, each four pixels
  /// after the one before.
  ///
  /// @param n channels
  /// @param x the rows: pixel j of row i at `x0 + i*ROW + j*n`
  /// @param v receives element (i, j) of tile t at `v0 + (6i + j)*PLANE + t*vTile`; neighbouring
  ///   vectors of channels are `vVector` apart
  static void inputRows(int tiles, int n, float[] x, int x0, float[] v, int v0, int vTile,
      int vVector) {
    int from = x0;
    for (int t = 0; t < tiles; t++) {
      int to = v0 + t * vTile;
      for (int end = from + n; from < end; from += COUNT) {
        int second = from + n;
        int third = second + n;
        int fourth = third + n;
        int fifth = fourth + n;
        int sixth = fifth + n;
        FloatVector x1 = fromArray(SPECIES, x, second);
        FloatVector x2 = fromArray(SPECIES, x, third);
        FloatVector x3 = fromArray(SPECIES, x, fourth);
        FloatVector x4 = fromArray(SPECIES, x, fifth);
        FloatVector even = x2.fma(broadcast(SPECIES, -4), x4);
        FloatVector odd = x1.fma(broadcast(SPECIES, -4), x3);
        fromArray(SPECIES, x, from).fma(broadcast(SPECIES, 4),
            x2.fma(broadcast(SPECIES, -5), x4)).intoArray(v, to);
        even.add(odd).intoArray(v, to + PLANE);
        even.sub(odd).intoArray(v, to + 2 * PLANE);
        even = x4.sub(x2);
        odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), even).intoArray(v, to + 3 * PLANE);
        odd.fma(broadcast(SPECIES, -2), even).intoArray(v, to + 4 * PLANE);
        x1.fma(broadcast(SPECIES, 4),
            x3.fma(broadcast(SPECIES, -5), fromArray(SPECIES, x, sixth)))
            .intoArray(v, to + 5 * PLANE);

        x1 = fromArray(SPECIES, x, second + ROW);
        x2 = fromArray(SPECIES, x, third + ROW);
        x3 = fromArray(SPECIES, x, fourth + ROW);
        x4 = fromArray(SPECIES, x, fifth + ROW);
        even = x2.fma(broadcast(SPECIES, -4), x4);
        odd = x1.fma(broadcast(SPECIES, -4), x3);
        fromArray(SPECIES, x, from + ROW).fma(broadcast(SPECIES, 4),
            x2.fma(broadcast(SPECIES, -5), x4)).intoArray(v, to + 6 * PLANE);
        even.add(odd).intoArray(v, to + 7 * PLANE);
        even.sub(odd).intoArray(v, to + 8 * PLANE);
        even = x4.sub(x2);
        odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), even).intoArray(v, to + 9 * PLANE);
        odd.fma(broadcast(SPECIES, -2), even).intoArray(v, to + 10 * PLANE);
        x1.fma(broadcast(SPECIES, 4),
            x3.fma(broadcast(SPECIES, -5), fromArray(SPECIES, x, sixth + ROW)))
            .intoArray(v, to + 11 * PLANE);

        x1 = fromArray(SPECIES, x, second + 2 * ROW);
        x2 = fromArray(SPECIES, x, third + 2 * ROW);
        x3 = fromArray(SPECIES, x, fourth + 2 * ROW);
        x4 = fromArray(SPECIES, x, fifth + 2 * ROW);
        even = x2.fma(broadcast(SPECIES, -4), x4);
        odd = x1.fma(broadcast(SPECIES, -4), x3);
        fromArray(SPECIES, x, from + 2 * ROW).fma(broadcast(SPECIES, 4),
            x2.fma(broadcast(SPECIES, -5), x4)).intoArray(v, to + 12 * PLANE);
        even.add(odd).intoArray(v, to + 13 * PLANE);
        even.sub(odd).intoArray(v, to + 14 * PLANE);
        even = x4.sub(x2);
        odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), even).intoArray(v, to + 15 * PLANE);
        odd.fma(broadcast(SPECIES, -2), even).intoArray(v, to + 16 * PLANE);
        x1.fma(broadcast(SPECIES, 4),
            x3.fma(broadcast(SPECIES, -5), fromArray(SPECIES, x, sixth + 2 * ROW)))
            .intoArray(v, to + 17 * PLANE);
        to += vVector;
      }
      from += 3 * n;
    }
  }

  /// The output's first step, `A^T m` for three columns of a block's tiles: the 6 elements of a
  /// column become 4.
  ///
  /// @param n tiles and their channels
  /// @param m the columns: element (i, j) at `m0 + (6i + j)*PLANE`
  /// @param out receives element (r, j) at `out0 + (6r + j)*COLUMN`
  static void outputColumns(int n, float[] m, int m0, float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      int from = m0 + k;
      int at = out0 + k;
      FloatVector x1 = fromArray(SPECIES, m, from + 6 * PLANE);
      FloatVector x2 = fromArray(SPECIES, m, from + 12 * PLANE);
      FloatVector x3 = fromArray(SPECIES, m, from + 18 * PLANE);
      FloatVector x4 = fromArray(SPECIES, m, from + 24 * PLANE);
      FloatVector sum12 = x1.add(x2);
      FloatVector sum34 = x3.add(x4);
      FloatVector difference12 = x1.sub(x2);
      FloatVector difference34 = x3.sub(x4);
      fromArray(SPECIES, m, from).add(sum12).add(sum34).intoArray(out, at);
      difference34.fma(broadcast(SPECIES, 2), difference12).intoArray(out, at + 6 * COLUMN);
      sum34.fma(broadcast(SPECIES, 4), sum12).intoArray(out, at + 12 * COLUMN);
      difference34.fma(broadcast(SPECIES, 8), difference12)
          .add(fromArray(SPECIES, m, from + 30 * PLANE)).intoArray(out, at + 18 * COLUMN);

      x1 = fromArray(SPECIES, m, from + 7 * PLANE);
      x2 = fromArray(SPECIES, m, from + 13 * PLANE);
      x3 = fromArray(SPECIES, m, from + 19 * PLANE);
      x4 = fromArray(SPECIES, m, from + 25 * PLANE);
      sum12 = x1.add(x2);
      sum34 = x3.add(x4);
      difference12 = x1.sub(x2);
      difference34 = x3.sub(x4);
      fromArray(SPECIES, m, from + PLANE).add(sum12).add(sum34).intoArray(out, at + COLUMN);
      difference34.fma(broadcast(SPECIES, 2), difference12).intoArray(out, at + 7 * COLUMN);
      sum34.fma(broadcast(SPECIES, 4), sum12).intoArray(out, at + 13 * COLUMN);
      difference34.fma(broadcast(SPECIES, 8), difference12)
          .add(fromArray(SPECIES, m, from + 31 * PLANE)).intoArray(out, at + 19 * COLUMN);

      x1 = fromArray(SPECIES, m, from + 8 * PLANE);
      x2 = fromArray(SPECIES, m, from + 14 * PLANE);
      x3 = fromArray(SPECIES, m, from + 20 * PLANE);
      x4 = fromArray(SPECIES, m, from + 26 * PLANE);
      sum12 = x1.add(x2);
      sum34 = x3.add(x4);
      difference12 = x1.sub(x2);
      difference34 = x3.sub(x4);
      fromArray(SPECIES, m, from + 2 * PLANE).add(sum12).add(sum34).intoArray(out, at + 2 * COLUMN);
      difference34.fma(broadcast(SPECIES, 2), difference12).intoArray(out, at + 8 * COLUMN);
      sum34.fma(broadcast(SPECIES, 4), sum12).intoArray(out, at + 14 * COLUMN);
      difference34.fma(broadcast(SPECIES, 8), difference12)
          .add(fromArray(SPECIES, m, from + 32 * PLANE)).intoArray(out, at + 20 * COLUMN);
    }
  }

  /// The output's second step, `(A^T m) A` for one row of a strip's tiles.
  ///
  /// @param n channels
  /// @param x the row: column j of tile t at `x0 + j*COLUMN + t*n`
  /// @param y0 array that receives pixel 0, of tile t at `i0 + t*yTile`; likewise pixels 1 to 3
  static void outputRow(int tiles, int n, float[] x, int x0, float[] y0, int i0, float[] y1, int i1,
      float[] y2, int i2, float[] y3, int i3, int yTile) {
    int from = x0;
    for (int t = 0; t < tiles; t++) {
      int to = t * yTile;
      for (int end = from + n; from < end; from += COUNT) {
        FloatVector x1 = fromArray(SPECIES, x, from + COLUMN);
        FloatVector x2 = fromArray(SPECIES, x, from + 2 * COLUMN);
        FloatVector x3 = fromArray(SPECIES, x, from + 3 * COLUMN);
        FloatVector x4 = fromArray(SPECIES, x, from + 4 * COLUMN);
        FloatVector sum12 = x1.add(x2);
        FloatVector sum34 = x3.add(x4);
        FloatVector difference12 = x1.sub(x2);
        FloatVector difference34 = x3.sub(x4);
        fromArray(SPECIES, x, from).add(sum12).add(sum34).intoArray(y0, i0 + to);
        difference34.fma(broadcast(SPECIES, 2), difference12).intoArray(y1, i1 + to);
        sum34.fma(broadcast(SPECIES, 4), sum12).intoArray(y2, i2 + to);
        difference34.fma(broadcast(SPECIES, 8), difference12)
            .add(fromArray(SPECIES, x, from + 5 * COLUMN)).intoArray(y3, i3 + to);
        to += COUNT;
      }
    }
  }

  /// `A dy` for a strip of the output's gradient, `n` floats wide.
  ///
  /// @param d0 array of the strip's row 0, from `i0` on; likewise rows 1 to 3
  /// @param out receives row i at `out0 + i*ROW`
  static void gradientColumns(int n, float[] d0, int i0, float[] d1, int i1, float[] d2, int i2,
      float[] d3, int i3, float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector x0 = fromArray(SPECIES, d0, i0 + k);
      FloatVector x1 = fromArray(SPECIES, d1, i1 + k);
      FloatVector x2 = fromArray(SPECIES, d2, i2 + k);
      FloatVector x3 = fromArray(SPECIES, d3, i3 + k);
      FloatVector even = x0.add(x2);
      FloatVector odd = x1.add(x3);
      x0.intoArray(out, out0 + k);
      even.add(odd).intoArray(out, out0 + k + ROW);
      even.sub(odd).intoArray(out, out0 + k + 2 * ROW);
      even = x2.fma(broadcast(SPECIES, 4), x0);
      odd = x3.fma(broadcast(SPECIES, 8), x1.add(x1));
      even.add(odd).intoArray(out, out0 + k + 3 * ROW);
      even.sub(odd).intoArray(out, out0 + k + 4 * ROW);
      x3.intoArray(out, out0 + k + 5 * ROW);
    }
  }

  /// The gradient's second step, `(A dy) A^T` for three rows of a strip's tiles, each four pixels
  /// after the one before.
  ///
  /// @param n channels that are transformed
  /// @param x the rows: pixel j of row i at `x0 + i*ROW + j*xPixel`
  /// @param m receives element (i, j) of tile t at `m0 + (6i + j)*PLANE + t*n`
  static void gradientRows(int tiles, int n, float[] x, int x0, int xPixel, float[] m, int m0) {
    int to = m0;
    for (int t = 0; t < tiles; t++) {
      int from = x0 + 4 * t * xPixel;
      for (int end = from + n; from < end; from += COUNT) {
        int second = from + xPixel;
        int third = second + xPixel;
        int fourth = third + xPixel;
        FloatVector d0 = fromArray(SPECIES, x, from);
        FloatVector d1 = fromArray(SPECIES, x, second);
        FloatVector d2 = fromArray(SPECIES, x, third);
        FloatVector d3 = fromArray(SPECIES, x, fourth);
        FloatVector even = d0.add(d2);
        FloatVector odd = d1.add(d3);
        d0.intoArray(m, to);
        even.add(odd).intoArray(m, to + PLANE);
        even.sub(odd).intoArray(m, to + 2 * PLANE);
        even = d2.fma(broadcast(SPECIES, 4), d0);
        odd = d3.fma(broadcast(SPECIES, 8), d1.add(d1));
        even.add(odd).intoArray(m, to + 3 * PLANE);
        even.sub(odd).intoArray(m, to + 4 * PLANE);
        d3.intoArray(m, to + 5 * PLANE);

        d0 = fromArray(SPECIES, x, from + ROW);
        d1 = fromArray(SPECIES, x, second + ROW);
        d2 = fromArray(SPECIES, x, third + ROW);
        d3 = fromArray(SPECIES, x, fourth + ROW);
        even = d0.add(d2);
        odd = d1.add(d3);
        d0.intoArray(m, to + 6 * PLANE);
        even.add(odd).intoArray(m, to + 7 * PLANE);
        even.sub(odd).intoArray(m, to + 8 * PLANE);
        even = d2.fma(broadcast(SPECIES, 4), d0);
        odd = d3.fma(broadcast(SPECIES, 8), d1.add(d1));
        even.add(odd).intoArray(m, to + 9 * PLANE);
        even.sub(odd).intoArray(m, to + 10 * PLANE);
        d3.intoArray(m, to + 11 * PLANE);

        d0 = fromArray(SPECIES, x, from + 2 * ROW);
        d1 = fromArray(SPECIES, x, second + 2 * ROW);
        d2 = fromArray(SPECIES, x, third + 2 * ROW);
        d3 = fromArray(SPECIES, x, fourth + 2 * ROW);
        even = d0.add(d2);
        odd = d1.add(d3);
        d0.intoArray(m, to + 12 * PLANE);
        even.add(odd).intoArray(m, to + 13 * PLANE);
        even.sub(odd).intoArray(m, to + 14 * PLANE);
        even = d2.fma(broadcast(SPECIES, 4), d0);
        odd = d3.fma(broadcast(SPECIES, 8), d1.add(d1));
        even.add(odd).intoArray(m, to + 15 * PLANE);
        even.sub(odd).intoArray(m, to + 16 * PLANE);
        d3.intoArray(m, to + 17 * PLANE);
        to += COUNT;
      }
    }
  }

  /// `u = G g G^T` for the filters of `cin` input channels and a panel of `n` output channels.
  ///
  /// @param g tap `3r + s` of input channel c starts at `g0 + (3r + s)*gTap + c*gRow`
  /// @param u plane `6i + j` of channel c starts at `u0 + (6i + j)*uPlane + c*n`
  /// @param tmp scratch memory from `tmp0`, `18 * n` floats
  static void filter(int cin, int n, float[] g, int g0, int gTap, int gRow, float[] u, int u0,
      int uPlane, float[] tmp, int tmp0) {
    for (int c = 0; c < cin; c++) {
      for (int s = 0; s < 3; s++) {
        filterLine(n, g, g0 + c * gRow + s * gTap, 3 * gTap, tmp, tmp0 + s * n, 3 * n);
      }
      for (int i = 0; i < 6; i++) {
        filterLine(n, tmp, tmp0 + 3 * i * n, n, u, u0 + 6 * i * uPlane + c * n, uPlane);
      }
    }
  }

  /// G times three elements.
  private static void filterLine(int n, float[] x, int x0, int xStep, float[] y, int y0,
      int yStep) {
    int y1 = y0 + yStep;
    int y2 = y1 + yStep;
    int y3 = y2 + yStep;
    int y4 = y3 + yStep;
    int y5 = y4 + yStep;
    for (int c = 0; c < n; c += COUNT) {
      FloatVector g0 = fromArray(SPECIES, x, x0 + c);
      FloatVector g1 = fromArray(SPECIES, x, x0 + xStep + c);
      FloatVector g2 = fromArray(SPECIES, x, x0 + 2 * xStep + c);
      FloatVector even = g0.add(g2).mul(-SIXTH);
      FloatVector odd = g1.mul(SIXTH);
      g0.mul(0.25f).intoArray(y, y0 + c);
      even.sub(odd).intoArray(y, y1 + c);
      even.add(odd).intoArray(y, y2 + c);
      even = g2.mul(SIXTH).add(g0.mul(TWENTY_FOURTH));
      odd = g1.mul(TWELFTH);
      even.add(odd).intoArray(y, y3 + c);
      even.sub(odd).intoArray(y, y4 + c);
      g2.intoArray(y, y5 + c);
    }
  }

  /// `dg = G^T du G` for the filters of `n` output channels.
  ///
  /// @param du plane `6i + j` starts at `du0 + (6i + j)*duPlane`
  /// @param dg tap `3r + s` starts at `dg0 + (3r + s)*dgTap`
  /// @param tmp scratch memory from `tmp0`, `18 * n` floats
  static void filterGradient(int n, float[] du, int du0, int duPlane, float[] dg, int dg0,
      int dgTap,
      float[] tmp, int tmp0) {
    for (int j = 0; j < 6; j++) {
      filterGradientLine(n, du, du0 + j * duPlane, 6 * duPlane, tmp, tmp0 + j * n, 6 * n);
    }
    for (int r = 0; r < 3; r++) {
      filterGradientLine(n, tmp, tmp0 + 6 * r * n, n, dg, dg0 + 3 * r * dgTap, dgTap);
    }
  }

  /// G^T times six elements.
  private static void filterGradientLine(int n, float[] x, int x0, int xStep, float[] y, int y0,
      int yStep) {
    for (int c = 0; c < n; c += COUNT) {
      int from = x0 + c;
      int to = y0 + c;
      FloatVector u1 = fromArray(SPECIES, x, from + xStep);
      FloatVector u2 = fromArray(SPECIES, x, from + 2 * xStep);
      FloatVector u3 = fromArray(SPECIES, x, from + 3 * xStep);
      FloatVector u4 = fromArray(SPECIES, x, from + 4 * xStep);
      FloatVector sum12 = u1.add(u2).mul(-SIXTH);
      FloatVector sum34 = u3.add(u4);
      fromArray(SPECIES, x, from).mul(0.25f).add(sum12).add(sum34.mul(TWENTY_FOURTH))
          .intoArray(y, to);
      u2.sub(u1).mul(SIXTH).add(u3.sub(u4).mul(TWELFTH)).intoArray(y, to + yStep);
      sum34.mul(SIXTH).add(sum12).add(fromArray(SPECIES, x, from + 5 * xStep)).intoArray(y,
          to + 2 * yStep);
    }
  }
}
