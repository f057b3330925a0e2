package haze.tensor;

/// Standard normal numbers from random words, by the transform of Box and Muller (1958). Two words give
///
/// ```
/// u = (a + 1) / 2^32 in (0, 1]      v = b / 2^32 in [0, 1)
/// z0 = sqrt(-2 ln u) cos(2 pi v)    z1 = sqrt(-2 ln u) sin(2 pi v)
/// ```
///
/// The results are floats, so polynomials with a relative error of 1e-8 serve as logarithm and cosine, at a fraction of
/// the cost of [Math]'s. The ranges of both are reduced without an error, so that it stays relative to the result
/// itself where u is close to 1 and where the cosine is close to 0.
final class BoxMuller {
  /// A quarter of a turn, where 2^32 is a whole one.
  private static final int QUARTER = 1 << 30;
  private static final double TWO_POW_MINUS_30 = 0x1p-30;
  /// `sin(pi t / 2) / t` as a polynomial in t^2, for t in [-1, 1]: relative error 5.3e-9 (algorithm of Remez).
  private static final double S0 = 1.5707963184476965;
  private static final double S1 = -0.6459637105998676;
  private static final double S2 = 0.0796896789479722;
  private static final double S3 = -0.004673766612663747;
  private static final double S4 = 0.00015148513085525803;

  private static final double LN_2 = Math.log(2);
  private static final int MANTISSA_BITS = 52;
  private static final long ROOT_OF_HALF = Double.doubleToRawLongBits(Math.sqrt(0.5));
  /// `(ln(m) / s - 2) / s^2` with `s = (m - 1) / (m + 1)` as a polynomial in s^2, for m in [sqrt(1/2), sqrt(2)]:
  /// relative error of the logarithm 8.1e-10 (algorithm of Remez).
  private static final double L1 = 0.6666677608549028;
  private static final double L2 = 0.3997757401588127;
  private static final double L3 = 0.29870937240945056;

  private BoxMuller() {}

  /// The two numbers of two words.
  ///
  /// @param a any bits
  /// @param b any bits
  /// @param out receives z0, and z1 behind it
  /// @param at where z0 goes
  /// @param end what would lie here or behind is left out
  static void pair(int a, int b, float[] out, int at, int end) {
    double radius = Math.sqrt(2 * minusLog(a));
    if (at < end) {
      out[at] = (float) (radius * cosine(b));
    }
    if (at + 1 < end) {
      // sin(x) = cos(x - a quarter turn)
      out[at + 1] = (float) (radius * cosine(b - QUARTER));
    }
  }

  /// `-ln((a + 1) / 2^32)` for a without a sign: with `a + 1 = 2^k m` and m in [sqrt(1/2), sqrt(2)),
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
