package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

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
/// An element of a tile is `n` floats, one a channel, in lanes; n is a multiple of the vector length. The five
/// maps of a line of elements go from memory to memory: a method that took vectors as arguments would box them
/// whenever the compiler does not inline it.
final class WinogradTransforms {
  /// Floats of scratch memory that a tile of `n` channels needs.
  static int scratch(int n) {
    return 36 * n;
  }

  private static final float SIXTH = 1f / 6;
  private static final float TWELFTH = 1f / 12;
  private static final float TWENTY_FOURTH = 1f / 24;

  private WinogradTransforms() {}

  /// `v = B^T d B` for one 6x6 tile of an image.
  ///
  /// @param d the image; pixel (i, j) of the tile starts at `d0 + i*row + j*column`
  /// @param v plane `6i + j` starts at `v0 + (6i + j)*plane`
  /// @param tmp scratch memory from `tmp0`
  static void input(int n, float[] d, int d0, int row, int column, float[] v, int v0, int plane,
      float[] tmp,
      int tmp0) {
    for (int j = 0; j < 6; j++) {
      inputLine(n, d, d0 + j * column, row, tmp, tmp0 + j * n, 6 * n);
    }
    for (int i = 0; i < 6; i++) {
      inputLine(n, tmp, tmp0 + 6 * i * n, n, v, v0 + 6 * i * plane, plane);
    }
  }

  /// B^T times six elements.
  private static void inputLine(int n, float[] x, int x0, int xs, float[] y, int y0, int ys) {
    for (int c = 0; c < n; c += COUNT) {
      int from = x0 + c;
      int to = y0 + c;
      FloatVector d1 = load(x, from + xs);
      FloatVector d2 = load(x, from + 2 * xs);
      FloatVector d3 = load(x, from + 3 * xs);
      FloatVector d4 = load(x, from + 4 * xs);
      FloatVector even = d2.fma(constant(-4), d4);
      FloatVector odd = d1.fma(constant(-4), d3);
      load(x, from).fma(constant(4), d2.fma(constant(-5), d4)).intoArray(y, to);
      even.add(odd).intoArray(y, to + ys);
      even.sub(odd).intoArray(y, to + 2 * ys);
      even = d4.sub(d2);
      odd = d3.sub(d1);
      odd.fma(constant(2), even).intoArray(y, to + 3 * ys);
      odd.fma(constant(-2), even).intoArray(y, to + 4 * ys);
      d1.fma(constant(4), d3.fma(constant(-5), load(x, from + 5 * xs))).intoArray(y, to + 5 * ys);
    }
  }

  /// `y = A^T m A` for one tile of output.
  ///
  /// @param m plane `6i + j` starts at `m0 + (6i + j)*plane`
  /// @param y pixel (i, j) of the tile starts at `y0 + i*row + j*column`
  /// @param rows how many rows are written, at most 4
  /// @param tmp scratch memory from `tmp0`
  static void output(int n, float[] m, int m0, int plane, float[] y, int y0, int row, int column,
      int rows,
      float[] tmp, int tmp0) {
    for (int j = 0; j < 6; j++) {
      outputLine(n, m, m0 + j * plane, 6 * plane, tmp, tmp0 + j * n, 6 * n);
    }
    for (int i = 0; i < rows; i++) {
      outputLine(n, tmp, tmp0 + 6 * i * n, n, y, y0 + i * row, column);
    }
  }

  /// A^T times six elements.
  private static void outputLine(int n, float[] x, int x0, int xs, float[] y, int y0, int ys) {
    for (int c = 0; c < n; c += COUNT) {
      int from = x0 + c;
      int to = y0 + c;
      FloatVector m1 = load(x, from + xs);
      FloatVector m2 = load(x, from + 2 * xs);
      FloatVector m3 = load(x, from + 3 * xs);
      FloatVector m4 = load(x, from + 4 * xs);
      FloatVector sum12 = m1.add(m2);
      FloatVector sum34 = m3.add(m4);
      FloatVector difference12 = m1.sub(m2);
      FloatVector difference34 = m3.sub(m4);
      load(x, from).add(sum12).add(sum34).intoArray(y, to);
      difference34.fma(constant(2), difference12).intoArray(y, to + ys);
      sum34.fma(constant(4), sum12).intoArray(y, to + 2 * ys);
      difference34.fma(constant(8), difference12).add(load(x, from + 5 * xs)).intoArray(y,
          to + 3 * ys);
    }
  }

  /// `v = A dy A^T` for one 4x4 tile of the output's gradient.
  ///
  /// @param dy pixel (i, j) of the tile starts at `dy0 + i*row + j*column`
  /// @param v plane `6i + j` starts at `v0 + (6i + j)*plane`
  /// @param tmp scratch memory from `tmp0`
  static void gradient(int n, float[] dy, int dy0, int row, int column, float[] v, int v0,
      int plane, float[] tmp,
      int tmp0) {
    for (int j = 0; j < 4; j++) {
      gradientLine(n, dy, dy0 + j * column, row, tmp, tmp0 + j * n, 4 * n);
    }
    for (int i = 0; i < 6; i++) {
      gradientLine(n, tmp, tmp0 + 4 * i * n, n, v, v0 + 6 * i * plane, plane);
    }
  }

  /// A times four elements.
  private static void gradientLine(int n, float[] x, int x0, int xs, float[] y, int y0, int ys) {
    for (int c = 0; c < n; c += COUNT) {
      int from = x0 + c;
      int to = y0 + c;
      FloatVector d0 = load(x, from);
      FloatVector d1 = load(x, from + xs);
      FloatVector d2 = load(x, from + 2 * xs);
      FloatVector d3 = load(x, from + 3 * xs);
      FloatVector even = d0.add(d2);
      FloatVector odd = d1.add(d3);
      d0.intoArray(y, to);
      even.add(odd).intoArray(y, to + ys);
      even.sub(odd).intoArray(y, to + 2 * ys);
      even = d2.fma(constant(4), d0);
      odd = d3.fma(constant(8), d1.add(d1));
      even.add(odd).intoArray(y, to + 3 * ys);
      even.sub(odd).intoArray(y, to + 4 * ys);
      d3.intoArray(y, to + 5 * ys);
    }
  }

  /// `u = G g G^T` for the filters of `n` output channels.
  ///
  /// @param g tap `3r + s` starts at `g0 + (3r + s)*tap`
  /// @param u plane `6i + j` starts at `u0 + (6i + j)*plane`
  /// @param tmp scratch memory from `tmp0`
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
      FloatVector g0 = load(x, x0 + c);
      FloatVector g1 = load(x, x0 + c + xs);
      FloatVector g2 = load(x, x0 + c + 2 * xs);
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
  /// @param tmp scratch memory from `tmp0`
  static void filterGradient(int n, float[] du, int du0, int plane, float[] dg, int dg0, int tap,
      float[] tmp,
      int tmp0) {
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
      FloatVector u1 = load(x, from + xs);
      FloatVector u2 = load(x, from + 2 * xs);
      FloatVector u3 = load(x, from + 3 * xs);
      FloatVector u4 = load(x, from + 4 * xs);
      FloatVector sum12 = u1.add(u2).mul(-SIXTH);
      FloatVector sum34 = u3.add(u4);
      load(x, from).mul(0.25f).add(sum12).add(sum34.mul(TWENTY_FOURTH)).intoArray(y, to);
      u2.sub(u1).mul(SIXTH).add(u3.sub(u4).mul(TWELFTH)).intoArray(y, to + ys);
      sum34.mul(SIXTH).add(sum12).add(load(x, from + 5 * xs)).intoArray(y, to + 2 * ys);
    }
  }

  private static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(SPECIES, array, index);
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
