package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The linear maps of Winograd's F(4x4, 3x3) (Lavin and Gray 2016, "Fast algorithms for convolutional neural
/// networks"), each applied first down the columns and then along the rows of a tile.
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
/// The tiles of an image's row of tiles, a **strip**, go together: down the columns a line of the map is as long as
/// the strip is wide, and the pixels that two neighbours share are transformed once. An element of a tile is `n`
/// floats, one a channel, in lanes; n is a multiple of the vector length. The maps of a line go from memory to
/// memory: a method that took vectors as arguments would box them whenever the compiler does not inline it.
final class WinogradTransforms {
  private static final float SIXTH = 1f / 6;
  private static final float TWELFTH = 1f / 12;
  private static final float TWENTY_FOURTH = 1f / 24;

  private WinogradTransforms() {}

  /// Floats of scratch memory that a strip of `tiles` tiles of `n` channels needs.
  static int scratch(int tiles, int n) {
    return Math.max(6 * (4 * tiles + 2), 24 * tiles) * n;
  }

  /// `v = B^T d B` for a strip of 6x6 tiles, each four pixels after the one before. Of the strip's `4 tiles + 2`
  /// columns those outside the image are zero, and so is all that comes of them.
  ///
  /// @param d the image; pixel (i, first + j) of the strip starts at `d0 + i*row + j*n`
  /// @param first the strip's first column in the image
  /// @param columns how many are in the image
  /// @param v plane `6i + j` of tile t starts at `v0 + (6i + j)*plane + t*n`
  /// @param tmp scratch memory from `tmp0`
  static void input(int tiles, int n, float[] d, int d0, int row, int first, int columns, float[] v,
      int v0, int plane, float[] tmp, int tmp0) {
    int wide = (4 * tiles + 2) * n;
    int end = (first + columns) * n;
    for (int i = 0; i < 6; i++) {
      Arrays.fill(tmp, tmp0 + i * wide, tmp0 + i * wide + first * n, 0);
      Arrays.fill(tmp, tmp0 + i * wide + end, tmp0 + (i + 1) * wide, 0);
    }
    inputLines(1, columns * n, d, d0, row, 0, tmp, tmp0 + first * n, wide, 0);
    for (int i = 0; i < 6; i++) {
      inputLines(tiles, n, tmp, tmp0 + i * wide, n, 4 * n, v, v0 + 6 * i * plane, plane, n);
    }
  }

  /// B^T times six elements, `lines` times: element e of line l starts at `x0 + e*xs + l*xl`.
  private static void inputLines(int lines, int n, float[] x, int x0, int xs, int xl, float[] y,
      int y0, int ys, int yl) {
    for (int l = 0; l < lines; l++) {
      int from = x0 + l * xl;
      int to = y0 + l * yl;
      for (int end = from + n; from < end; from += COUNT) {
        FloatVector d1 = fromArray(SPECIES, x, from + xs);
        FloatVector d2 = fromArray(SPECIES, x, from + 2 * xs);
        FloatVector d3 = fromArray(SPECIES, x, from + 3 * xs);
        FloatVector d4 = fromArray(SPECIES, x, from + 4 * xs);
        FloatVector even = d2.fma(broadcast(SPECIES, -4), d4);
        FloatVector odd = d1.fma(broadcast(SPECIES, -4), d3);
        fromArray(SPECIES, x, from).fma(broadcast(SPECIES, 4),
            d2.fma(broadcast(SPECIES, -5), d4)).intoArray(y, to);
        even.add(odd).intoArray(y, to + ys);
        even.sub(odd).intoArray(y, to + 2 * ys);
        even = d4.sub(d2);
        odd = d3.sub(d1);
        odd.fma(broadcast(SPECIES, 2), even).intoArray(y, to + 3 * ys);
        odd.fma(broadcast(SPECIES, -2), even).intoArray(y, to + 4 * ys);
        d1.fma(broadcast(SPECIES, 4),
            d3.fma(broadcast(SPECIES, -5), fromArray(SPECIES, x, from + 5 * xs)))
            .intoArray(y, to + 5 * ys);
        to += COUNT;
      }
    }
  }

  /// `y = A^T m A` for a strip of tiles, the first step: down the columns, for the output's rows below `rows`.
  ///
  /// @param m plane `6i + j` of tile t starts at `m0 + (6i + j)*plane + t*n`
  /// @param tmp receives row r, column j of tile t at `tmp0 + (6r + j)*tiles*n + t*n`
  static void outputColumns(int tiles, int n, float[] m, int m0, int plane, float[] tmp, int tmp0) {
    int wide = tiles * n;
    for (int j = 0; j < 6; j++) {
      outputLines(1, wide, m, m0 + j * plane, 6 * plane, 0, tmp, tmp0 + j * wide, 6 * wide, 0);
    }
  }

  /// The second step: along one row of the output.
  ///
  /// @param n how many channels of a tile are written
  /// @param tmp what [#outputColumns] made; column j of tile t starts at `tmp0 + j*wide + t*step`
  /// @param y pixel q of tile t starts at `y0 + (4t + q)*column`
  static void outputRow(int tiles, int n, float[] tmp, int tmp0, int wide, int step, float[] y,
      int y0, int column) {
    outputLines(tiles, n, tmp, tmp0, wide, step, y, y0, column, 4 * column);
  }

  /// A^T times six elements, `lines` times.
  private static void outputLines(int lines, int n, float[] x, int x0, int xs, int xl, float[] y,
      int y0, int ys, int yl) {
    for (int l = 0; l < lines; l++) {
      int from = x0 + l * xl;
      int to = y0 + l * yl;
      for (int end = from + n; from < end; from += COUNT) {
        FloatVector m1 = fromArray(SPECIES, x, from + xs);
        FloatVector m2 = fromArray(SPECIES, x, from + 2 * xs);
        FloatVector m3 = fromArray(SPECIES, x, from + 3 * xs);
        FloatVector m4 = fromArray(SPECIES, x, from + 4 * xs);
        FloatVector sum12 = m1.add(m2);
        FloatVector sum34 = m3.add(m4);
        FloatVector difference12 = m1.sub(m2);
        FloatVector difference34 = m3.sub(m4);
        fromArray(SPECIES, x, from).add(sum12).add(sum34).intoArray(y, to);
        difference34.fma(broadcast(SPECIES, 2), difference12).intoArray(y, to + ys);
        sum34.fma(broadcast(SPECIES, 4), sum12).intoArray(y, to + 2 * ys);
        difference34.fma(broadcast(SPECIES, 8), difference12)
            .add(fromArray(SPECIES, x, from + 5 * xs)).intoArray(y, to + 3 * ys);
        to += COUNT;
      }
    }
  }

  /// `v = A dy A^T` for a strip of 4x4 tiles of the output's gradient, each four pixels after the one before.
  ///
  /// @param dy the image; pixel (i, j) of the strip starts at `dy0 + i*row + j*n`
  /// @param v plane `6i + j` of tile t starts at `v0 + (6i + j)*plane + t*n`
  /// @param tmp scratch memory from `tmp0`
  static void gradient(int tiles, int n, float[] dy, int dy0, int row, float[] v, int v0, int plane,
      float[] tmp, int tmp0) {
    int wide = 4 * tiles * n;
    gradientLines(1, wide, dy, dy0, row, 0, tmp, tmp0, wide, 0);
    for (int i = 0; i < 6; i++) {
      gradientLines(tiles, n, tmp, tmp0 + i * wide, n, 4 * n, v, v0 + 6 * i * plane, plane, n);
    }
  }

  /// A times four elements, `lines` times.
  private static void gradientLines(int lines, int n, float[] x, int x0, int xs, int xl, float[] y,
      int y0, int ys, int yl) {
    for (int l = 0; l < lines; l++) {
      int from = x0 + l * xl;
      int to = y0 + l * yl;
      for (int end = from + n; from < end; from += COUNT) {
        FloatVector d0 = fromArray(SPECIES, x, from);
        FloatVector d1 = fromArray(SPECIES, x, from + xs);
        FloatVector d2 = fromArray(SPECIES, x, from + 2 * xs);
        FloatVector d3 = fromArray(SPECIES, x, from + 3 * xs);
        FloatVector even = d0.add(d2);
        FloatVector odd = d1.add(d3);
        d0.intoArray(y, to);
        even.add(odd).intoArray(y, to + ys);
        even.sub(odd).intoArray(y, to + 2 * ys);
        even = d2.fma(broadcast(SPECIES, 4), d0);
        odd = d3.fma(broadcast(SPECIES, 8), d1.add(d1));
        even.add(odd).intoArray(y, to + 3 * ys);
        even.sub(odd).intoArray(y, to + 4 * ys);
        d3.intoArray(y, to + 5 * ys);
        to += COUNT;
      }
    }
  }

  /// `u = G g G^T` for the filters of `n` output channels.
  ///
  /// @param g tap `3r + s` starts at `g0 + (3r + s)*tap`
  /// @param u plane `6i + j` starts at `u0 + (6i + j)*plane`
  /// @param tmp scratch memory from `tmp0`, `18 * n` floats
  static void filter(int n, float[] g, int g0, int tap, float[] u, int u0, int plane, float[] tmp,
      int tmp0) {
    for (int s = 0; s < 3; s++) {
      filterLine(n, g, g0 + s * tap, 3 * tap, tmp, tmp0 + s * n, 3 * n);
    }
    for (int i = 0; i < 6; i++) {
      filterLine(n, tmp, tmp0 + 3 * i * n, n, u, u0 + 6 * i * plane, plane);
    }
  }

  /// G times three elements.
  private static void filterLine(int n, float[] x, int x0, int xs, float[] y, int y0, int ys) {
    for (int c = 0; c < n; c += COUNT) {
      int to = y0 + c;
      FloatVector g0 = fromArray(SPECIES, x, x0 + c);
      FloatVector g1 = fromArray(SPECIES, x, x0 + c + xs);
      FloatVector g2 = fromArray(SPECIES, x, x0 + c + 2 * xs);
      FloatVector even = g0.add(g2).mul(-SIXTH);
      FloatVector odd = g1.mul(SIXTH);
      g0.mul(0.25f).intoArray(y, to);
      even.sub(odd).intoArray(y, to + ys);
      even.add(odd).intoArray(y, to + 2 * ys);
      even = g2.mul(SIXTH).add(g0.mul(TWENTY_FOURTH));
      odd = g1.mul(TWELFTH);
      even.add(odd).intoArray(y, to + 3 * ys);
      even.sub(odd).intoArray(y, to + 4 * ys);
      g2.intoArray(y, to + 5 * ys);
    }
  }

  /// `dg = G^T du G` for the filters of `n` output channels.
  ///
  /// @param du plane `6i + j` starts at `du0 + (6i + j)*plane`
  /// @param dg tap `3r + s` starts at `dg0 + (3r + s)*tap`
  /// @param tmp scratch memory from `tmp0`, `18 * n` floats
  static void filterGradient(int n, float[] du, int du0, int plane, float[] dg, int dg0, int tap,
      float[] tmp, int tmp0) {
    for (int j = 0; j < 6; j++) {
      filterGradientLine(n, du, du0 + j * plane, 6 * plane, tmp, tmp0 + j * n, 6 * n);
    }
    for (int r = 0; r < 3; r++) {
      filterGradientLine(n, tmp, tmp0 + 6 * r * n, n, dg, dg0 + 3 * r * tap, tap);
    }
  }

  /// G^T times six elements.
  private static void filterGradientLine(int n, float[] x, int x0, int xs, float[] y, int y0,
      int ys) {
    for (int c = 0; c < n; c += COUNT) {
      int from = x0 + c;
      int to = y0 + c;
      FloatVector u1 = fromArray(SPECIES, x, from + xs);
      FloatVector u2 = fromArray(SPECIES, x, from + 2 * xs);
      FloatVector u3 = fromArray(SPECIES, x, from + 3 * xs);
      FloatVector u4 = fromArray(SPECIES, x, from + 4 * xs);
      FloatVector sum12 = u1.add(u2).mul(-SIXTH);
      FloatVector sum34 = u3.add(u4);
      fromArray(SPECIES, x, from).mul(0.25f).add(sum12).add(sum34.mul(TWENTY_FOURTH))
          .intoArray(y, to);
      u2.sub(u1).mul(SIXTH).add(u3.sub(u4).mul(TWELFTH)).intoArray(y, to + ys);
      sum34.mul(SIXTH).add(sum12).add(fromArray(SPECIES, x, from + 5 * xs)).intoArray(y,
          to + 2 * ys);
    }
  }
}
