package haze.tensor.kernel;

import static haze.tensor.kernel.Philox.COUNT;
import static haze.tensor.kernel.Philox.FLOATS;
import static haze.tensor.kernel.Philox.LONGS;
import static haze.tensor.kernel.Philox.LOW;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;

/// Standard normal numbers from random words, by the transform of Box and Muller (1958). Two words
/// a and b give
///
/// ```
/// u = (a + 1) / 2^32 in (0, 1]      v = b / 2^32 in [0, 1)
/// z0 = sqrt(-2 ln u) cos(2 pi v)    z1 = sqrt(-2 ln u) sin(2 pi v)
/// ```
///
/// The results are floats, so polynomials with a relative error of 1e-8 serve as logarithm and
/// cosine, at a fraction of the cost of [Math]'s. Their arguments are reduced without an error, so
/// the error stays relative to the result where u is close to 1 and where the cosine is close to 0.
///
/// Vectors and single pairs take the same operations in the same order, without fma, or others that
/// are exact. So the bits of a number depend neither on the length of a vector nor on whether it
/// was left over by whole vectors.
public final class BoxMuller {
  /// A quarter of a turn, where 2^32 is a whole one.
  private static final int QUARTER = 1 << 30;
  private static final double TWO_POW_MINUS_30 = 0x1p-30;
  /// `sin(pi t / 2) / t` as a polynomial in t^2, for t in [-1, 1]: relative error 5.3e-9 (Remez
  /// algorithm).
  private static final double S0 = 1.5707963184476965;
  private static final double S1 = -0.6459637105998676;
  private static final double S2 = 0.0796896789479722;
  private static final double S3 = -0.004673766612663747;
  private static final double S4 = 0.00015148513085525803;

  private static final double LN_2 = StrictMath.log(2);
  private static final int MANTISSA_BITS = 52;
  private static final long ROOT_OF_HALF = Double.doubleToRawLongBits(Math.sqrt(0.5));
  /// `(ln(m) / s - 2) / s^2` with `s = (m - 1) / (m + 1)` as a polynomial in s^2, for m in
  /// [sqrt(1/2), sqrt(2)]: relative error of the logarithm 8.1e-10 (Remez algorithm).
  private static final double L1 = 0.6666677608549028;
  private static final double L2 = 0.3997757401588127;
  private static final double L3 = 0.29870937240945056;

  /// `2^52 + n` has the integer n in the low bits of its mantissa.
  private static final double TWO_POW_52 = 0x1p52;
  private static final long TWO_POW_52_BITS = Double.doubleToRawLongBits(TWO_POW_52);
  private static final double HALF_TURN = 0x1p31;

  private BoxMuller() {}

  /// Turns pairs of words into pairs of numbers, in place.
  ///
  /// @param n how many, a multiple of a vector's length, see [Philox#whole]
  /// @param x holds the words (their bits, not their values), receives the numbers
  public static void normals(int n, float[] x, int x0) {
    double[] z = new double[COUNT];
    int lanes = LONGS.length();
    for (int i = 0; i < n; i += COUNT) {
      LongVector pairs = FloatVector.fromArray(FLOATS, x, x0 + i).reinterpretAsLongs();
      // The steps of minusLog. Integers become doubles by the bits of 2^52, since AVX2 has no
      // instruction for it; `a + 1` is at least 1, so that k is not negative.
      LongVector bits = pairs.and(LOW).add(1).or(TWO_POW_52_BITS).reinterpretAsDoubles()
          .sub(TWO_POW_52).reinterpretAsLongs();
      LongVector k = bits.sub(ROOT_OF_HALF).lanewise(LSHR, MANTISSA_BITS);
      DoubleVector m = bits.sub(k.lanewise(LSHL, MANTISSA_BITS)).reinterpretAsDoubles();
      DoubleVector s = m.sub(1).div(m.add(1));
      DoubleVector s2 = s.mul(s);
      DoubleVector p = s2.mul(L3).add(L2).mul(s2).add(L1).mul(s2).add(2);
      DoubleVector e = k.neg().add(Integer.SIZE).or(TWO_POW_52_BITS).reinterpretAsDoubles()
          .sub(TWO_POW_52);
      DoubleVector radius = e.mul(LN_2).sub(s.mul(p)).mul(2).sqrt();
      // The steps of cosine, for b in [0, 2^32): there t = (|b - 2^31| - 2^30) / 2^30.
      LongVector b = pairs.lanewise(LSHR, Integer.SIZE);
      DoubleVector t = b.or(TWO_POW_52_BITS).reinterpretAsDoubles().sub(TWO_POW_52 + HALF_TURN)
          .abs().sub(QUARTER).mul(TWO_POW_MINUS_30);
      DoubleVector t2 = t.mul(t);
      DoubleVector cosine = t2.mul(S4).add(S3).mul(t2).add(S2).mul(t2).add(S1).mul(t2).add(S0)
          .mul(t);
      DoubleVector u = b.sub(QUARTER).and(LOW).or(TWO_POW_52_BITS).reinterpretAsDoubles()
          .sub(TWO_POW_52 + HALF_TURN).abs().sub(QUARTER).mul(TWO_POW_MINUS_30);
      DoubleVector u2 = u.mul(u);
      DoubleVector sine = u2.mul(S4).add(S3).mul(u2).add(S2).mul(u2).add(S1).mul(u2).add(S0)
          .mul(u);
      radius.mul(cosine).intoArray(z, 0);
      radius.mul(sine).intoArray(z, lanes);
      // Rounded to floats one by one: C2 boxes vectors that change their shape.
      for (int j = 0; j < lanes; j++) {
        x[x0 + i + 2 * j] = (float) z[j];
        x[x0 + i + 2 * j + 1] = (float) z[lanes + j];
      }
    }
  }

  /// The two numbers of two words: z0 at `out[at]` and z1 behind it, as far as they lie before
  /// `end`.
  public static void pair(int a, int b, float[] out, int at, int end) {
    double radius = Math.sqrt(2 * minusLog(a));
    if (at < end) {
      out[at] = (float) (radius * cosine(b));
    }
    if (at + 1 < end) {
      // sin(x) = cos(x - a quarter turn)
      out[at + 1] = (float) (radius * cosine(b - QUARTER));
    }
  }

  /// `-ln((a + 1) / 2^32)` for an unsigned a: with `a + 1 = 2^k m` and m in [sqrt(1/2), sqrt(2)),
  /// `(32 - k) ln 2 - ln m`.
  private static double minusLog(int a) {
    long bits = Double.doubleToRawLongBits((double) (Integer.toUnsignedLong(a) + 1));
    long k = (bits - ROOT_OF_HALF) >> MANTISSA_BITS;
    double m = Double.longBitsToDouble(bits - (k << MANTISSA_BITS));
    double s = (m - 1) / (m + 1);
    double s2 = s * s;
    return (Integer.SIZE - k) * LN_2 - s * (2 + s2 * (L1 + s2 * (L2 + s2 * L3)));
  }

  /// `cos(2 pi b / 2^32) = sin(pi t / 2)` with `t = 1 - |b| / 2^30` in [-1, 1].
  private static double cosine(int b) {
    // The absolute value of -2^31 overflows, and the subtraction overflows back.
    double t = (QUARTER - Math.abs(b)) * TWO_POW_MINUS_30;
    double t2 = t * t;
    return t * (S0 + t2 * (S1 + t2 * (S2 + t2 * (S3 + t2 * S4))));
  }
}
