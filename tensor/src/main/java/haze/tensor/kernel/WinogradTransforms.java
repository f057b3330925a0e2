package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;

/// The linear maps of Winograd's F(4x4, 3x3) (Lavin and Gray 2016, "Fast algorithms for convolutional neural
/// networks"), each applied to the rows and to the columns of a tile, for all channels at once: lanes are
/// channels.
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
/// The 36 values of a transformed tile go to 36 planes. Each method computes the rows of its result one or two
/// at a time, so that no more than a dozen vectors live at once: the 36 of a whole tile do not fit the
/// registers.
final class WinogradTransforms {
  private static final float SIXTH = 1f / 6;
  private static final float TWELFTH = 1f / 12;
  private static final float TWENTY_FOURTH = 1f / 24;

  private WinogradTransforms() {}

  private static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(SPECIES, array, index);
  }

  /// `v = B^T d B` for one 6x6 tile of an image.
  ///
  /// @param channels a multiple of the vector length
  /// @param d the image; pixel (i, j) of the tile starts at `d0 + i*row + j*column`
  /// @param v plane `6i + j` starts at `v0 + (6i + j)*plane`
  static void input(int channels, float[] d, int d0, int row, int column, float[] v, int v0,
      int plane) {
    for (int c = 0; c < channels; c += COUNT) {
      int at = d0 + c;
      int to = v0 + c;
      inputRow(inputFirst(d, at, row), inputFirst(d, at + column, row),
          inputFirst(d, at + 2 * column, row),
          inputFirst(d, at + 3 * column, row), inputFirst(d, at + 4 * column, row),
          inputFirst(d, at + 5 * column, row), v, to, plane);
      int below = at + row;
      inputRow(inputFirst(d, below, row), inputFirst(d, below + column, row),
          inputFirst(d, below + 2 * column, row),
          inputFirst(d, below + 3 * column, row), inputFirst(d, below + 4 * column, row),
          inputFirst(d, below + 5 * column, row), v, to + 30 * plane, plane);
      inputPair(4, 1, d, at, row, column, v, to + 6 * plane, plane);
      inputPair(1, 2, d, at, row, column, v, to + 18 * plane, plane);
    }
  }

  /// `4 d0 - 5 d2 + d4`: the first row of B^T, and one row further down the last.
  private static FloatVector inputFirst(float[] d, int at, int row) {
    FloatVector d0 = load(d, at);
    FloatVector d2 = load(d, at + 2 * row);
    FloatVector d4 = load(d, at + 4 * row);
    return d0.fma(FloatVector.broadcast(SPECIES, 4),
        d2.fma(FloatVector.broadcast(SPECIES, -5), d4));
  }

  /// Two rows of B^T, `(d4 - a d2) +- b (d3 - a d1)`.
  private static void inputPair(float a, float b, float[] d, int at, int row, int column, float[] v,
      int to,
      int plane) {
    FloatVector e0 = even(a, d, at, row);
    FloatVector o0 = odd(a, b, d, at, row);
    FloatVector e1 = even(a, d, at + column, row);
    FloatVector o1 = odd(a, b, d, at + column, row);
    FloatVector e2 = even(a, d, at + 2 * column, row);
    FloatVector o2 = odd(a, b, d, at + 2 * column, row);
    FloatVector e3 = even(a, d, at + 3 * column, row);
    FloatVector o3 = odd(a, b, d, at + 3 * column, row);
    FloatVector e4 = even(a, d, at + 4 * column, row);
    FloatVector o4 = odd(a, b, d, at + 4 * column, row);
    FloatVector e5 = even(a, d, at + 5 * column, row);
    FloatVector o5 = odd(a, b, d, at + 5 * column, row);
    inputRow(e0.add(o0), e1.add(o1), e2.add(o2), e3.add(o3), e4.add(o4), e5.add(o5), v, to, plane);
    inputRow(e0.sub(o0), e1.sub(o1), e2.sub(o2), e3.sub(o3), e4.sub(o4), e5.sub(o5), v,
        to + 6 * plane, plane);
  }

  private static FloatVector even(float a, float[] d, int at, int row) {
    return load(d, at + 2 * row).fma(FloatVector.broadcast(SPECIES, -a), load(d, at + 4 * row));
  }

  private static FloatVector odd(float a, float b, float[] d, int at, int row) {
    return load(d, at + row).mul(-a * b).add(load(d, at + 3 * row).mul(b));
  }

  /// One row of the result: B^T applied to six values.
  private static void inputRow(FloatVector r0, FloatVector r1, FloatVector r2, FloatVector r3,
      FloatVector r4,
      FloatVector r5, float[] v, int to, int plane) {
    FloatVector minus4 = FloatVector.broadcast(SPECIES, -4);
    FloatVector minus5 = FloatVector.broadcast(SPECIES, -5);
    FloatVector four = FloatVector.broadcast(SPECIES, 4);
    r0.fma(four, r2.fma(minus5, r4)).intoArray(v, to);
    FloatVector even = r2.fma(minus4, r4);
    FloatVector odd = r1.fma(minus4, r3);
    even.add(odd).intoArray(v, to + plane);
    even.sub(odd).intoArray(v, to + 2 * plane);
    even = r4.sub(r2);
    odd = r3.sub(r1);
    odd = odd.add(odd);
    even.add(odd).intoArray(v, to + 3 * plane);
    even.sub(odd).intoArray(v, to + 4 * plane);
    r1.fma(four, r3.fma(minus5, r5)).intoArray(v, to + 5 * plane);
  }

  /// `y = A^T m A + bias` for one tile, of which the first `rows` by `columns` pixels are written.
  ///
  /// @param channels how many are written; the planes hold whole vectors
  /// @param m plane `6i + j` starts at `m0 + (6i + j)*plane`
  /// @param bias `bias[bias0 ..]`, whole vectors
  /// @param y pixel (i, j) of the tile starts at `y0 + i*row + j*column`
  static void output(int channels, float[] m, int m0, int plane, float[] bias, int bias0, float[] y,
      int y0, int row,
      int column, int rows, int columns) {
    for (int c = 0; c < channels; c += COUNT) {
      int left = channels - c;
      FloatVector b = load(bias, bias0 + c);
      for (int half = 0; half < 2; half++) {
        // Rows 0 and 2 of A^T are sums, rows 1 and 3 differences, of planes 1, 2 and 3, 4; the first adds
        // plane 0 and the last adds plane 5.
        float sign = half == 0 ? 1 : -1;
        int from = m0 + c;
        int edge = half == 0 ? from : from + 30 * plane;
        FloatVector s0 = pair(m, from + 6 * plane, plane, sign);
        FloatVector t0 = pair(m, from + 18 * plane, plane, sign);
        FloatVector s1 = pair(m, from + 7 * plane, plane, sign);
        FloatVector t1 = pair(m, from + 19 * plane, plane, sign);
        FloatVector s2 = pair(m, from + 8 * plane, plane, sign);
        FloatVector t2 = pair(m, from + 20 * plane, plane, sign);
        FloatVector s3 = pair(m, from + 9 * plane, plane, sign);
        FloatVector t3 = pair(m, from + 21 * plane, plane, sign);
        FloatVector s4 = pair(m, from + 10 * plane, plane, sign);
        FloatVector t4 = pair(m, from + 22 * plane, plane, sign);
        FloatVector s5 = pair(m, from + 11 * plane, plane, sign);
        FloatVector t5 = pair(m, from + 23 * plane, plane, sign);
        // half 0: s + t + m0 (row 0) and s + 4t (row 2); half 1: s + 2t (row 1) and s + 8t + m5 (row 3).
        int plain = half == 0 ? 2 : 1;
        if (plain < rows) {
          float factor = half == 0 ? 4 : 2;
          FloatVector f = FloatVector.broadcast(SPECIES, factor);
          outputRow(t0.fma(f, s0), t1.fma(f, s1), t2.fma(f, s2), t3.fma(f, s3), t4.fma(f, s4),
              t5.fma(f, s5), b, y,
              y0 + plain * row + c, column, columns, left);
        }
        int edged = half == 0 ? 0 : 3;
        if (edged < rows) {
          FloatVector f = FloatVector.broadcast(SPECIES, half == 0 ? 1 : 8);
          outputRow(t0.fma(f, s0).add(load(m, edge)), t1.fma(f, s1).add(load(m, edge + plane)),
              t2.fma(f, s2).add(load(m, edge + 2 * plane)),
              t3.fma(f, s3).add(load(m, edge + 3 * plane)),
              t4.fma(f, s4).add(load(m, edge + 4 * plane)),
              t5.fma(f, s5).add(load(m, edge + 5 * plane)), b, y,
              y0 + edged * row + c, column, columns, left);
        }
      }
    }
  }

  private static FloatVector pair(float[] m, int at, int plane, float sign) {
    return load(m, at + 6 * plane).fma(FloatVector.broadcast(SPECIES, sign), load(m, at));
  }

  /// One row of pixels: A^T applied to six values.
  private static void outputRow(FloatVector r0, FloatVector r1, FloatVector r2, FloatVector r3,
      FloatVector r4,
      FloatVector r5, FloatVector bias, float[] y, int to, int column, int columns, int left) {
    FloatVector sum12 = r1.add(r2);
    FloatVector sum34 = r3.add(r4);
    FloatVector difference12 = r1.sub(r2);
    FloatVector difference34 = r3.sub(r4);
    store(r0.add(sum12).add(sum34).add(bias), y, to, left);
    if (columns > 1) {
      store(difference34.fma(FloatVector.broadcast(SPECIES, 2), difference12).add(bias), y,
          to + column, left);
    }
    if (columns > 2) {
      store(sum34.fma(FloatVector.broadcast(SPECIES, 4), sum12).add(bias), y, to + 2 * column,
          left);
    }
    if (columns > 3) {
      store(difference34.fma(FloatVector.broadcast(SPECIES, 8), difference12).add(r5).add(bias), y,
          to + 3 * column,
          left);
    }
  }

  private static void store(FloatVector value, float[] y, int at, int left) {
    if (left >= COUNT) {
      value.intoArray(y, at);
    } else {
      value.intoArray(y, at, SPECIES.indexInRange(0, left));
    }
  }

  /// `v = A dy A^T` for one 4x4 tile of the output's gradient.
  ///
  /// @param channels a multiple of the vector length
  /// @param dy pixel (i, j) of the tile starts at `dy0 + i*row + j*column`
  /// @param v plane `6i + j` starts at `v0 + (6i + j)*plane`
  static void gradient(int channels, float[] dy, int dy0, int row, int column, float[] v, int v0,
      int plane) {
    for (int c = 0; c < channels; c += COUNT) {
      int at = dy0 + c;
      int to = v0 + c;
      gradientRow(load(dy, at), load(dy, at + column), load(dy, at + 2 * column),
          load(dy, at + 3 * column), v, to,
          plane);
      gradientPair(1, dy, at, row, column, v, to + 6 * plane, plane);
      gradientPair(2, dy, at, row, column, v, to + 18 * plane, plane);
      int last = at + 3 * row;
      gradientRow(load(dy, last), load(dy, last + column), load(dy, last + 2 * column),
          load(dy, last + 3 * column), v,
          to + 30 * plane, plane);
    }
  }

  /// Two rows of A, `(d0 + a^2 d2) +- (a d1 + a^3 d3)`.
  private static void gradientPair(float a, float[] dy, int at, int row, int column, float[] v,
      int to, int plane) {
    FloatVector e0 = gradientEven(a, dy, at, row);
    FloatVector o0 = gradientOdd(a, dy, at, row);
    FloatVector e1 = gradientEven(a, dy, at + column, row);
    FloatVector o1 = gradientOdd(a, dy, at + column, row);
    FloatVector e2 = gradientEven(a, dy, at + 2 * column, row);
    FloatVector o2 = gradientOdd(a, dy, at + 2 * column, row);
    FloatVector e3 = gradientEven(a, dy, at + 3 * column, row);
    FloatVector o3 = gradientOdd(a, dy, at + 3 * column, row);
    gradientRow(e0.add(o0), e1.add(o1), e2.add(o2), e3.add(o3), v, to, plane);
    gradientRow(e0.sub(o0), e1.sub(o1), e2.sub(o2), e3.sub(o3), v, to + 6 * plane, plane);
  }

  private static FloatVector gradientEven(float a, float[] dy, int at, int row) {
    return load(dy, at + 2 * row).fma(FloatVector.broadcast(SPECIES, a * a), load(dy, at));
  }

  private static FloatVector gradientOdd(float a, float[] dy, int at, int row) {
    return load(dy, at + 3 * row).mul(a * a * a).add(load(dy, at + row).mul(a));
  }

  /// One row of the result: A applied to four values.
  private static void gradientRow(FloatVector r0, FloatVector r1, FloatVector r2, FloatVector r3,
      float[] v, int to,
      int plane) {
    r0.intoArray(v, to);
    FloatVector even = r0.add(r2);
    FloatVector odd = r1.add(r3);
    even.add(odd).intoArray(v, to + plane);
    even.sub(odd).intoArray(v, to + 2 * plane);
    even = r2.fma(FloatVector.broadcast(SPECIES, 4), r0);
    odd = r3.fma(FloatVector.broadcast(SPECIES, 8), r1.add(r1));
    even.add(odd).intoArray(v, to + 3 * plane);
    even.sub(odd).intoArray(v, to + 4 * plane);
    r3.intoArray(v, to + 5 * plane);
  }

  /// `u = G g G^T` for one vector of filters.
  ///
  /// @param g tap `3r + s` starts at `g0 + (3r + s)*tap`
  /// @param u plane `6i + j` starts at `u0 + (6i + j)*plane`
  static void filter(float[] g, int g0, int tap, float[] u, int u0, int plane) {
    FloatVector a0 = load(g, g0);
    FloatVector a1 = load(g, g0 + tap);
    FloatVector a2 = load(g, g0 + 2 * tap);
    FloatVector b0 = load(g, g0 + 3 * tap);
    FloatVector b1 = load(g, g0 + 4 * tap);
    FloatVector b2 = load(g, g0 + 5 * tap);
    FloatVector c0 = load(g, g0 + 6 * tap);
    FloatVector c1 = load(g, g0 + 7 * tap);
    FloatVector c2 = load(g, g0 + 8 * tap);
    filterRow(a0.mul(0.25f), a1.mul(0.25f), a2.mul(0.25f), u, u0, plane);
    FloatVector e0 = a0.add(c0).mul(-SIXTH);
    FloatVector e1 = a1.add(c1).mul(-SIXTH);
    FloatVector e2 = a2.add(c2).mul(-SIXTH);
    FloatVector o0 = b0.mul(SIXTH);
    FloatVector o1 = b1.mul(SIXTH);
    FloatVector o2 = b2.mul(SIXTH);
    filterRow(e0.sub(o0), e1.sub(o1), e2.sub(o2), u, u0 + 6 * plane, plane);
    filterRow(e0.add(o0), e1.add(o1), e2.add(o2), u, u0 + 12 * plane, plane);
    e0 = a0.mul(TWENTY_FOURTH).add(c0.mul(SIXTH));
    e1 = a1.mul(TWENTY_FOURTH).add(c1.mul(SIXTH));
    e2 = a2.mul(TWENTY_FOURTH).add(c2.mul(SIXTH));
    o0 = b0.mul(TWELFTH);
    o1 = b1.mul(TWELFTH);
    o2 = b2.mul(TWELFTH);
    filterRow(e0.add(o0), e1.add(o1), e2.add(o2), u, u0 + 18 * plane, plane);
    filterRow(e0.sub(o0), e1.sub(o1), e2.sub(o2), u, u0 + 24 * plane, plane);
    filterRow(c0, c1, c2, u, u0 + 30 * plane, plane);
  }

  /// One row of the result: G applied to three values.
  private static void filterRow(FloatVector r0, FloatVector r1, FloatVector r2, float[] u, int to,
      int plane) {
    r0.mul(0.25f).intoArray(u, to);
    FloatVector even = r0.add(r2).mul(-SIXTH);
    FloatVector odd = r1.mul(SIXTH);
    even.sub(odd).intoArray(u, to + plane);
    even.add(odd).intoArray(u, to + 2 * plane);
    even = r0.mul(TWENTY_FOURTH).add(r2.mul(SIXTH));
    odd = r1.mul(TWELFTH);
    even.add(odd).intoArray(u, to + 3 * plane);
    even.sub(odd).intoArray(u, to + 4 * plane);
    r2.intoArray(u, to + 5 * plane);
  }

  /// `dg += G^T du G` for one vector of filters.
  ///
  /// @param du plane `6i + j` starts at `du0 + (6i + j)*plane`
  /// @param dg tap `3r + s` starts at `dg0 + (3r + s)*tap`
  /// @param left how many lanes are filters
  static void filterGradient(float[] du, int du0, int plane, float[] dg, int dg0, int tap,
      int left) {
    for (int s = 0; s < 3; s++) {
      // Column s of du G, for each of its six rows, then G^T down the rows.
      FloatVector r0 = filterGradientColumn(s, du, du0, plane);
      FloatVector r1 = filterGradientColumn(s, du, du0 + 6 * plane, plane);
      FloatVector r2 = filterGradientColumn(s, du, du0 + 12 * plane, plane);
      FloatVector r3 = filterGradientColumn(s, du, du0 + 18 * plane, plane);
      FloatVector r4 = filterGradientColumn(s, du, du0 + 24 * plane, plane);
      FloatVector r5 = filterGradientColumn(s, du, du0 + 30 * plane, plane);
      FloatVector sum12 = r1.add(r2).mul(-SIXTH);
      FloatVector sum34 = r3.add(r4);
      add(r0.mul(0.25f).add(sum12).add(sum34.mul(TWENTY_FOURTH)), dg, dg0 + s * tap, left);
      add(r2.sub(r1).mul(SIXTH).add(r3.sub(r4).mul(TWELFTH)), dg, dg0 + (3 + s) * tap, left);
      add(sum12.add(sum34.mul(SIXTH)).add(r5), dg, dg0 + (6 + s) * tap, left);
    }
  }

  private static FloatVector filterGradientColumn(int s, float[] du, int at, int plane) {
    FloatVector u1 = load(du, at + plane);
    FloatVector u2 = load(du, at + 2 * plane);
    FloatVector u3 = load(du, at + 3 * plane);
    FloatVector u4 = load(du, at + 4 * plane);
    return switch (s) {
      case 0 ->
        load(du, at).mul(0.25f).add(u1.add(u2).mul(-SIXTH)).add(u3.add(u4).mul(TWENTY_FOURTH));
      case 1 -> u2.sub(u1).mul(SIXTH).add(u3.sub(u4).mul(TWELFTH));
      default -> u1.add(u2).mul(-SIXTH).add(u3.add(u4).mul(SIXTH)).add(load(du, at + 5 * plane));
    };
  }

  private static void add(FloatVector value, float[] to, int at, int left) {
    if (left >= COUNT) {
      load(to, at).add(value).intoArray(to, at);
    } else {
      var lanes = SPECIES.indexInRange(0, left);
      FloatVector.fromArray(SPECIES, to, at, lanes).add(value).intoArray(to, at, lanes);
    }
  }
}
