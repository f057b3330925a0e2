package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// `exp` for a vector of floats, to about one unit in the last place. `lanewise(EXP)` would call
/// the JDK's native mathematics library.
final class Exponential {
  /// Below this the result is 2^-126 instead of a subnormal number or 0; above 88 it would
  /// overflow.
  private static final float LOWEST = -87.33654f;
  private static final float HIGHEST = 88.02969f;
  private static final float LOG2_E = 1.442695f;
  /// ln 2 in two parts: the first has few digits, so that a small integer times it is exact (Cody
  /// and Waite).
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -2.1219444e-4f;
  /// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  private static final float ROUNDER = 12582912.0f;
  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;
  /// A minimax polynomial for `(e^r - 1 - r) / r^2` on [-ln 2 / 2, ln 2 / 2] (Cephes, `expf`).
  private static final float P0 = 1.9875691e-4f;
  private static final float P1 = 1.3981999e-3f;
  private static final float P2 = 8.333452e-3f;
  private static final float P3 = 0.041665796f;
  private static final float P4 = 0.16666666f;
  private static final float P5 = 0.5f;

  /// The range of the sigmoid's argument, of which [#exp] takes the negative, as bits.
  private static final int LEAST_BITS = Float.floatToRawIntBits(-HIGHEST);
  private static final int GREATEST_BITS = Float.floatToRawIntBits(-LOWEST);
  private static final float LN2 = 0.6931472f;
  /// [#ROUNDER] with the exponent's bias: the low bits are then those of a float's exponent.
  private static final float BIASED_ROUNDER = ROUNDER + EXPONENT_BIAS;
  /// The coefficients from s^2 on of a minimax polynomial `1 - s + ...` for `e^-s`
  /// on [-ln 2 / 2, ln 2 / 2], with relative error 2e-8.
  private static final float Q2 = 0.49999994f;
  private static final float Q3 = -0.1666643f;
  private static final float Q4 = 0.041668005f;
  private static final float Q5 = -0.008374196f;
  private static final float Q6 = 0.0013843607f;

  // No helper for the constants: see [GroupNormKernel].

  private Exponential() {}

  /// `e^x = 2^k e^r` with `k = round(x / ln 2)` and `r = x - k ln 2`.
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(LOWEST).min(HIGHEST);
    FloatVector shifted = clamped.fma(FloatVector.broadcast(SPECIES, LOG2_E),
        FloatVector.broadcast(SPECIES, ROUNDER));
    FloatVector k = shifted.sub(ROUNDER);
    FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW),
        k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped));
    FloatVector p = FloatVector.broadcast(SPECIES, P0).fma(r, FloatVector.broadcast(SPECIES, P1))
        .fma(r, FloatVector.broadcast(SPECIES, P2)).fma(r, FloatVector.broadcast(SPECIES, P3))
        .fma(r, FloatVector.broadcast(SPECIES, P4))
        .fma(r, FloatVector.broadcast(SPECIES, P5));
    FloatVector power = p.fma(r.mul(r), r).add(1);
    var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS)
        .add(EXPONENT_BIAS << MANTISSA_BITS);
    return power.mul(exponent.reinterpretAsFloats());
  }

  /// The logistic function, `1 / (1 + e^-z)`, to a few units in the last place. For z below -88 it
  /// stays at 2^-127; NaN becomes one of its ends.
  ///
  /// The same steps as in [#exp] for -z, in fewer instructions: here one part of ln 2 is enough.
  static FloatVector sigmoid(FloatVector z) {
    // As bits, floats of one sign have the order of their absolute values, and a negative float is
    // a large unsigned and a negative signed number. So these two are max(z, LEAST) and
    // min(z, GREATEST), except for NaN. Java's max and min of floats, with NaN and -0, are half a
    // dozen instructions each in AVX-512.
    FloatVector clamped = z.reinterpretAsInts().lanewise(VectorOperators.UMIN, LEAST_BITS)
        .min(GREATEST_BITS).reinterpretAsFloats();
    FloatVector shifted = clamped.fma(FloatVector.broadcast(SPECIES, -LOG2_E),
        FloatVector.broadcast(SPECIES, BIASED_ROUNDER));
    FloatVector minusR = shifted.sub(BIASED_ROUNDER).fma(FloatVector.broadcast(SPECIES, LN2),
        clamped);
    FloatVector p = minusR.fma(FloatVector.broadcast(SPECIES, Q6),
        FloatVector.broadcast(SPECIES, Q5)).fma(minusR, FloatVector.broadcast(SPECIES, Q4))
        .fma(minusR, FloatVector.broadcast(SPECIES, Q3))
        .fma(minusR, FloatVector.broadcast(SPECIES, Q2))
        .fma(minusR, FloatVector.broadcast(SPECIES, -1))
        .fma(minusR, FloatVector.broadcast(SPECIES, 1));
    FloatVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS)
        .reinterpretAsFloats();
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    return one.div(p.fma(power, one));
  }
}
