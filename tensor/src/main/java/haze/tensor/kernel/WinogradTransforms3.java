package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.WinogradTransforms.COLUMN;
import static haze.tensor.kernel.WinogradTransforms.PLANE;
import static haze.tensor.kernel.WinogradTransforms.ROW;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;

/// The maps of [WinogradTransforms] for tiles that are three pixels wide or high, Winograd's F(3,
/// 3).
///
/// F(4, 3) evaluates polynomials at 0, 1, -1, 2, -2 and infinity, F(3, 3) at the same points
/// without -2. So the two G differ by a factor in each line only. That factor is put into `B^T`
/// here, and both share transformed filters. Elements and planes keep their numbers; number 4 is
/// absent:
///
/// ```
///         | 4 -2 -4  2  0 |
///         | 0 -6 -3  3  0 |         | 1  1  1  1  0 |
///   B^T = | 0  2 -3  1  0 |   A^T = | 0  1 -1  2  0 |  lines of B^T, columns of A^T: 0, 1, 2, 3, 5
///         | 0 -4  0  4  0 |         | 0  1  1  4  1 |
///         | 0  2 -1 -2  1 |
/// ```
///
/// A tile may have four pixels in one direction and three in the other. The maps along the rows
/// take three rows at a time, and those down the columns three columns; what is computed for the
/// absent one is not used.
final class WinogradTransforms3 {
  private WinogradTransforms3() {}

  /// `B^T d` for a strip of the input, `n` floats wide: pixels and their channels.
  ///
  /// @param d0 array of the strip's row 0, from `i0` on; likewise rows 1 to 4
  /// @param out receives row i at `out0 + i*ROW`
  static void inputColumns(int n, float[] d0, int i0, float[] d1, int i1, float[] d2, int i2,
      float[] d3, int i3, float[] d4, int i4, float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector x1 = fromArray(SPECIES, d1, i1 + k);
      FloatVector x2 = fromArray(SPECIES, d2, i2 + k);
      FloatVector x3 = fromArray(SPECIES, d3, i3 + k);
      FloatVector odd = x3.sub(x1);
      odd.fma(broadcast(SPECIES, 2), fromArray(SPECIES, d0, i0 + k).sub(x2).mul(4))
          .intoArray(out, out0 + k);
      odd.sub(x1).sub(x2).mul(3).intoArray(out, out0 + k + ROW);
      x2.fma(broadcast(SPECIES, -3), x1.fma(broadcast(SPECIES, 2), x3))
          .intoArray(out, out0 + k + 2 * ROW);
      odd.mul(4).intoArray(out, out0 + k + 3 * ROW);
      odd.fma(broadcast(SPECIES, -2), fromArray(SPECIES, d4, i4 + k).sub(x2))
          .intoArray(out, out0 + k + 5 * ROW);
    }
  }

  /// The input's second step, `(B^T d) B`, for three rows of a strip's tiles, each three pixels
  /// after the one before. Parameters as in [WinogradTransforms#inputRows].
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
        FloatVector x1 = fromArray(SPECIES, x, second);
        FloatVector x2 = fromArray(SPECIES, x, third);
        FloatVector x3 = fromArray(SPECIES, x, fourth);
        FloatVector odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), fromArray(SPECIES, x, from).sub(x2).mul(4))
            .intoArray(v, to);
        odd.sub(x1).sub(x2).mul(3).intoArray(v, to + PLANE);
        x2.fma(broadcast(SPECIES, -3), x1.fma(broadcast(SPECIES, 2), x3))
            .intoArray(v, to + 2 * PLANE);
        odd.mul(4).intoArray(v, to + 3 * PLANE);
        odd.fma(broadcast(SPECIES, -2), fromArray(SPECIES, x, fifth).sub(x2))
            .intoArray(v, to + 5 * PLANE);

        x1 = fromArray(SPECIES, x, second + ROW);
        x2 = fromArray(SPECIES, x, third + ROW);
        x3 = fromArray(SPECIES, x, fourth + ROW);
        odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), fromArray(SPECIES, x, from + ROW).sub(x2).mul(4))
            .intoArray(v, to + 6 * PLANE);
        odd.sub(x1).sub(x2).mul(3).intoArray(v, to + 7 * PLANE);
        x2.fma(broadcast(SPECIES, -3), x1.fma(broadcast(SPECIES, 2), x3))
            .intoArray(v, to + 8 * PLANE);
        odd.mul(4).intoArray(v, to + 9 * PLANE);
        odd.fma(broadcast(SPECIES, -2), fromArray(SPECIES, x, fifth + ROW).sub(x2))
            .intoArray(v, to + 11 * PLANE);

        x1 = fromArray(SPECIES, x, second + 2 * ROW);
        x2 = fromArray(SPECIES, x, third + 2 * ROW);
        x3 = fromArray(SPECIES, x, fourth + 2 * ROW);
        odd = x3.sub(x1);
        odd.fma(broadcast(SPECIES, 2), fromArray(SPECIES, x, from + 2 * ROW).sub(x2).mul(4))
            .intoArray(v, to + 12 * PLANE);
        odd.sub(x1).sub(x2).mul(3).intoArray(v, to + 13 * PLANE);
        x2.fma(broadcast(SPECIES, -3), x1.fma(broadcast(SPECIES, 2), x3))
            .intoArray(v, to + 14 * PLANE);
        odd.mul(4).intoArray(v, to + 15 * PLANE);
        odd.fma(broadcast(SPECIES, -2), fromArray(SPECIES, x, fifth + 2 * ROW).sub(x2))
            .intoArray(v, to + 17 * PLANE);
        to += vVector;
      }
      from += 2 * n;
    }
  }

  /// The output's first step, `A^T m` for three columns of a block's tiles: the 5 elements of a
  /// column become 3. Parameters as in [WinogradTransforms#outputColumns].
  static void outputColumns(int n, float[] m, int m0, float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      int from = m0 + k;
      int at = out0 + k;
      FloatVector x1 = fromArray(SPECIES, m, from + 6 * PLANE);
      FloatVector x2 = fromArray(SPECIES, m, from + 12 * PLANE);
      FloatVector x3 = fromArray(SPECIES, m, from + 18 * PLANE);
      FloatVector sum12 = x1.add(x2);
      fromArray(SPECIES, m, from).add(sum12).add(x3).intoArray(out, at);
      x3.fma(broadcast(SPECIES, 2), x1.sub(x2)).intoArray(out, at + 6 * COLUMN);
      x3.fma(broadcast(SPECIES, 4), sum12).add(fromArray(SPECIES, m, from + 30 * PLANE))
          .intoArray(out, at + 12 * COLUMN);

      x1 = fromArray(SPECIES, m, from + 7 * PLANE);
      x2 = fromArray(SPECIES, m, from + 13 * PLANE);
      x3 = fromArray(SPECIES, m, from + 19 * PLANE);
      sum12 = x1.add(x2);
      fromArray(SPECIES, m, from + PLANE).add(sum12).add(x3).intoArray(out, at + COLUMN);
      x3.fma(broadcast(SPECIES, 2), x1.sub(x2)).intoArray(out, at + 7 * COLUMN);
      x3.fma(broadcast(SPECIES, 4), sum12).add(fromArray(SPECIES, m, from + 31 * PLANE))
          .intoArray(out, at + 13 * COLUMN);

      x1 = fromArray(SPECIES, m, from + 8 * PLANE);
      x2 = fromArray(SPECIES, m, from + 14 * PLANE);
      x3 = fromArray(SPECIES, m, from + 20 * PLANE);
      sum12 = x1.add(x2);
      fromArray(SPECIES, m, from + 2 * PLANE).add(sum12).add(x3).intoArray(out, at + 2 * COLUMN);
      x3.fma(broadcast(SPECIES, 2), x1.sub(x2)).intoArray(out, at + 8 * COLUMN);
      x3.fma(broadcast(SPECIES, 4), sum12).add(fromArray(SPECIES, m, from + 32 * PLANE))
          .intoArray(out, at + 14 * COLUMN);
    }
  }

  /// The output's second step, `(A^T m) A` for one row of a strip's tiles. Parameters as in
  /// [WinogradTransforms#outputRow].
  static void outputRow(int tiles, int n, float[] x, int x0, float[] y0, int i0, float[] y1, int i1,
      float[] y2, int i2, int yTile) {
    int from = x0;
    for (int t = 0; t < tiles; t++) {
      int to = t * yTile;
      for (int end = from + n; from < end; from += COUNT) {
        FloatVector x1 = fromArray(SPECIES, x, from + COLUMN);
        FloatVector x2 = fromArray(SPECIES, x, from + 2 * COLUMN);
        FloatVector x3 = fromArray(SPECIES, x, from + 3 * COLUMN);
        FloatVector sum12 = x1.add(x2);
        fromArray(SPECIES, x, from).add(sum12).add(x3).intoArray(y0, i0 + to);
        x3.fma(broadcast(SPECIES, 2), x1.sub(x2)).intoArray(y1, i1 + to);
        x3.fma(broadcast(SPECIES, 4), sum12).add(fromArray(SPECIES, x, from + 5 * COLUMN))
            .intoArray(y2, i2 + to);
        to += COUNT;
      }
    }
  }

  /// `A dy` for a strip of the output's gradient, `n` floats wide.
  ///
  /// @param d0 array of the strip's row 0, from `i0` on; likewise rows 1 and 2
  /// @param out receives row i at `out0 + i*ROW`
  static void gradientColumns(int n, float[] d0, int i0, float[] d1, int i1, float[] d2, int i2,
      float[] out, int out0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector x0 = fromArray(SPECIES, d0, i0 + k);
      FloatVector x1 = fromArray(SPECIES, d1, i1 + k);
      FloatVector x2 = fromArray(SPECIES, d2, i2 + k);
      FloatVector even = x0.add(x2);
      x0.intoArray(out, out0 + k);
      even.add(x1).intoArray(out, out0 + k + ROW);
      even.sub(x1).intoArray(out, out0 + k + 2 * ROW);
      x2.fma(broadcast(SPECIES, 4), x1.fma(broadcast(SPECIES, 2), x0))
          .intoArray(out, out0 + k + 3 * ROW);
      x2.intoArray(out, out0 + k + 5 * ROW);
    }
  }

  /// The gradient's second step, `(A dy) A^T` for three rows of a strip's tiles, each three pixels
  /// after the one before. Parameters as in [WinogradTransforms#gradientRows].
  static void gradientRows(int tiles, int n, float[] x, int x0, int xPixel, float[] m, int m0) {
    int to = m0;
    for (int t = 0; t < tiles; t++) {
      int from = x0 + 3 * t * xPixel;
      for (int end = from + n; from < end; from += COUNT) {
        int second = from + xPixel;
        int third = second + xPixel;
        FloatVector d0 = fromArray(SPECIES, x, from);
        FloatVector d1 = fromArray(SPECIES, x, second);
        FloatVector d2 = fromArray(SPECIES, x, third);
        FloatVector even = d0.add(d2);
        d0.intoArray(m, to);
        even.add(d1).intoArray(m, to + PLANE);
        even.sub(d1).intoArray(m, to + 2 * PLANE);
        d2.fma(broadcast(SPECIES, 4), d1.fma(broadcast(SPECIES, 2), d0))
            .intoArray(m, to + 3 * PLANE);
        d2.intoArray(m, to + 5 * PLANE);

        d0 = fromArray(SPECIES, x, from + ROW);
        d1 = fromArray(SPECIES, x, second + ROW);
        d2 = fromArray(SPECIES, x, third + ROW);
        even = d0.add(d2);
        d0.intoArray(m, to + 6 * PLANE);
        even.add(d1).intoArray(m, to + 7 * PLANE);
        even.sub(d1).intoArray(m, to + 8 * PLANE);
        d2.fma(broadcast(SPECIES, 4), d1.fma(broadcast(SPECIES, 2), d0))
            .intoArray(m, to + 9 * PLANE);
        d2.intoArray(m, to + 11 * PLANE);

        d0 = fromArray(SPECIES, x, from + 2 * ROW);
        d1 = fromArray(SPECIES, x, second + 2 * ROW);
        d2 = fromArray(SPECIES, x, third + 2 * ROW);
        even = d0.add(d2);
        d0.intoArray(m, to + 12 * PLANE);
        even.add(d1).intoArray(m, to + 13 * PLANE);
        even.sub(d1).intoArray(m, to + 14 * PLANE);
        d2.fma(broadcast(SPECIES, 4), d1.fma(broadcast(SPECIES, 2), d0))
            .intoArray(m, to + 15 * PLANE);
        d2.intoArray(m, to + 17 * PLANE);
        to += COUNT;
      }
    }
  }
}
