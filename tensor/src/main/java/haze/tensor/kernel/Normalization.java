package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;

/// The passes over one image that group normalisation consists of, alone or followed by SiLU. Lanes are
/// channels, so what belongs to a group is a number per channel here; the few sums over a group's channels are
/// the caller's.
///
/// `channels` is a multiple of the vector length everywhere; pixel `p` of an image starts at
/// `x0 + p * channels`. A coefficient is an array with one number a channel, from index 0.
public final class Normalization {
  // Every loop over the pixels is a method of its own and calls the Vector API itself, but for the sigmoid, with which it
  // begins. Once a compilation has 18,000 nodes (each call of the API takes some 200), C2 inlines no more helpers, not even
  // one line long, and a vector that comes from one is an object, ten times slower. The API's own methods it inlines always.

  private Normalization() {}

  /// For every channel the sums of `x - x[first pixel]` and of its square. Without the shift a mean much larger
  /// than the standard deviation would cancel most digits of the variance.
  ///
  /// @param pixels pixels of the image
  /// @param channels channels of a pixel
  /// @param x the image
  /// @param x0 its start
  /// @param sum receives the sums
  /// @param sumOfSquares receives the sums of squares
  public static void sums(int pixels, int channels, float[] x, int x0, float[] sum,
      float[] sumOfSquares) {
    for (int c = 0; c < channels; c += COUNT) {
      sums(pixels, channels, c, x, x0, sum, sumOfSquares);
    }
  }

  private static void sums(int pixels, int channels, int c, float[] x, int x0, float[] sum,
      float[] sumOfSquares) {
    FloatVector first = FloatVector.fromArray(SPECIES, x, x0 + c);
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = FloatVector.zero(SPECIES);
    FloatVector q0 = FloatVector.zero(SPECIES);
    FloatVector q1 = FloatVector.zero(SPECIES);
    int at = x0 + c;
    int p = 0;
    // Two pixels at a time: one sum would wait for its own last addition.
    for (; p + 2 <= pixels; p += 2) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, at).sub(first);
      FloatVector d1 = FloatVector.fromArray(SPECIES, x, at + channels).sub(first);
      s0 = s0.add(d0);
      s1 = s1.add(d1);
      q0 = d0.fma(d0, q0);
      q1 = d1.fma(d1, q1);
      at += 2 * channels;
    }
    if (p < pixels) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, at).sub(first);
      s0 = s0.add(d0);
      q0 = d0.fma(d0, q0);
    }
    s0.add(s1).intoArray(sum, c);
    q0.add(q1).intoArray(sumOfSquares, c);
  }

  /// `y = (x - mean) * scale + shift`, and then `y * sigmoid(y)` if `silu`.
  ///
  /// @param pixels pixels of the image
  /// @param channels channels of a pixel
  /// @param x the image
  /// @param x0 its start
  /// @param mean coefficient
  /// @param scale coefficient
  /// @param shift coefficient
  /// @param silu whether SiLU follows
  /// @param y receives the result
  /// @param y0 its start
  public static void apply(int pixels, int channels, float[] x, int x0, float[] mean, float[] scale,
      float[] shift,
      boolean silu, float[] y, int y0) {
    for (int c = 0; c < channels; c += COUNT) {
      if (silu) {
        applyWithSilu(pixels, channels, c, x, x0, mean, scale, shift, y, y0);
      } else {
        applyAlone(pixels, channels, c, x, x0, mean, scale, shift, y, y0);
      }
    }
  }

  private static void applyAlone(int pixels, int channels, int c, float[] x, int x0, float[] mean,
      float[] scale, float[] shift, float[] y, int y0) {
    FloatVector m = FloatVector.fromArray(SPECIES, mean, c);
    FloatVector a = FloatVector.fromArray(SPECIES, scale, c);
    FloatVector b = FloatVector.fromArray(SPECIES, shift, c);
    for (int p = 0, at = c; p < pixels; p++, at += channels) {
      FloatVector.fromArray(SPECIES, x, x0 + at).sub(m).fma(a, b).intoArray(y, y0 + at);
    }
  }

  private static void applyWithSilu(int pixels, int channels, int c, float[] x, int x0,
      float[] mean, float[] scale, float[] shift, float[] y, int y0) {
    FloatVector m = FloatVector.fromArray(SPECIES, mean, c);
    FloatVector a = FloatVector.fromArray(SPECIES, scale, c);
    FloatVector b = FloatVector.fromArray(SPECIES, shift, c);
    for (int p = 0, at = c; p < pixels; p++, at += channels) {
      FloatVector z = FloatVector.fromArray(SPECIES, x, x0 + at).sub(m).fma(a, b);
      z.mul(Exponential.sigmoid(z)).intoArray(y, y0 + at);
    }
  }

  /// The first pass backward: with `z = (x - mean) * scale + shift`, the gradient `dz` of z, and for every
  /// channel the sums of `dz` and of `dz * (x - mean)`.
  ///
  /// @param pixels pixels of the image
  /// @param channels channels of a pixel
  /// @param x the image
  /// @param x0 its start
  /// @param dy gradient of the result of [#apply]
  /// @param dy0 its start
  /// @param mean coefficient
  /// @param scale coefficient
  /// @param shift coefficient
  /// @param silu whether SiLU followed
  /// @param dz receives the gradient
  /// @param dz0 its start
  /// @param sum receives the sums of dz
  /// @param sumWithX receives the sums of dz times (x - mean)
  public static void backwardSums(int pixels, int channels, float[] x, int x0, float[] dy, int dy0,
      float[] mean,
      float[] scale, float[] shift, boolean silu, float[] dz, int dz0, float[] sum,
      float[] sumWithX) {
    for (int c = 0; c < channels; c += COUNT) {
      if (silu) {
        backwardSumsWithSilu(pixels, channels, c, x, x0, dy, dy0, mean, scale, shift, dz, dz0, sum,
            sumWithX);
      } else {
        backwardSumsAlone(pixels, channels, c, x, x0, dy, dy0, mean, dz, dz0, sum, sumWithX);
      }
    }
  }

  private static void backwardSumsAlone(int pixels, int channels, int c, float[] x, int x0,
      float[] dy, int dy0, float[] mean, float[] dz, int dz0, float[] sum, float[] sumWithX) {
    FloatVector m = FloatVector.fromArray(SPECIES, mean, c);
    FloatVector s = FloatVector.zero(SPECIES);
    FloatVector sx = FloatVector.zero(SPECIES);
    for (int p = 0, at = c; p < pixels; p++, at += channels) {
      FloatVector d = FloatVector.fromArray(SPECIES, dy, dy0 + at);
      d.intoArray(dz, dz0 + at);
      s = s.add(d);
      sx = FloatVector.fromArray(SPECIES, x, x0 + at).sub(m).fma(d, sx);
    }
    s.intoArray(sum, c);
    sx.intoArray(sumWithX, c);
  }

  private static void backwardSumsWithSilu(int pixels, int channels, int c, float[] x, int x0,
      float[] dy, int dy0, float[] mean, float[] scale, float[] shift, float[] dz, int dz0,
      float[] sum, float[] sumWithX) {
    FloatVector m = FloatVector.fromArray(SPECIES, mean, c);
    FloatVector a = FloatVector.fromArray(SPECIES, scale, c);
    FloatVector b = FloatVector.fromArray(SPECIES, shift, c);
    FloatVector s = FloatVector.zero(SPECIES);
    FloatVector sx = FloatVector.zero(SPECIES);
    for (int p = 0, at = c; p < pixels; p++, at += channels) {
      FloatVector centred = FloatVector.fromArray(SPECIES, x, x0 + at).sub(m);
      FloatVector z = centred.fma(a, b);
      // (z sigmoid(z))' = sigmoid(z) (1 + z (1 - sigmoid(z)))
      FloatVector sigmoid = Exponential.sigmoid(z);
      FloatVector d = FloatVector.fromArray(SPECIES, dy, dy0 + at).mul(sigmoid)
          .mul(z.sub(z.mul(sigmoid)).add(1));
      d.intoArray(dz, dz0 + at);
      s = s.add(d);
      sx = d.fma(centred, sx);
    }
    s.intoArray(sum, c);
    sx.intoArray(sumWithX, c);
  }

  /// The second pass backward, in place: `dx = dz * a + (x - mean) * b + c`.
  ///
  /// @param pixels pixels of the image
  /// @param channels channels of a pixel
  /// @param x the image
  /// @param x0 its start
  /// @param mean coefficient
  /// @param a coefficient
  /// @param b coefficient
  /// @param c coefficient
  /// @param dz holds dz, receives dx
  /// @param dz0 its start
  public static void backwardApply(int pixels, int channels, float[] x, int x0, float[] mean,
      float[] a, float[] b,
      float[] c, float[] dz, int dz0) {
    for (int channel = 0; channel < channels; channel += COUNT) {
      backwardApply(pixels, channels, channel, x, x0, mean, a, b, c, dz, dz0);
    }
  }

  private static void backwardApply(int pixels, int channels, int channel, float[] x, int x0,
      float[] mean, float[] a, float[] b, float[] c, float[] dz, int dz0) {
    FloatVector m = FloatVector.fromArray(SPECIES, mean, channel);
    FloatVector va = FloatVector.fromArray(SPECIES, a, channel);
    FloatVector vb = FloatVector.fromArray(SPECIES, b, channel);
    FloatVector vc = FloatVector.fromArray(SPECIES, c, channel);
    for (int p = 0, at = channel; p < pixels; p++, at += channels) {
      FloatVector rest = FloatVector.fromArray(SPECIES, x, x0 + at).sub(m).fma(vb, vc);
      FloatVector.fromArray(SPECIES, dz, dz0 + at).fma(va, rest).intoArray(dz, dz0 + at);
    }
  }
}
