package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.Lanes.WIDEST;

import jdk.incubator.vector.FloatVector;

/// The passes over one image of group normalisation, alone or followed by SiLU. What belongs to a
/// group is a number per channel here; the caller computes the few sums over a group's channels.
///
/// An image is a run of `length` elements of `x`, from `x0` on. What is given per channel (`mean`,
/// `scale`, `shift` ...) is repeated for some pixels, `period` elements, from index 0 of its array:
/// element `x0 + i` has the coefficient `i % period`. `length` and `period` are multiples of the
/// vector length.
public final class GroupNormKernel {
  // A loop over a period has one variable, which is added to the start of every array: C2 then
  // takes all range checks out of it, and each access is one instruction. A loop down the pixels
  // with coefficients in registers keeps a check, an addition and a reload at every access, which
  // costs more than loading coefficients from the first-level cache.
  //
  // Every such loop is a method of its own and calls the Vector API directly, except for the
  // sigmoid, with which it begins. C2 stops inlining helpers, even of one line, once a compilation
  // has 18,000 nodes (each call of the API takes some 200), and a vector that a helper returns is
  // then boxed. The API's own methods it always inlines.

  /// Most elements of a period, unless a pixel has more: 1 KB, so that the periods of all
  /// coefficients and sums fit into the first-level cache, and long enough that the start of a loop
  /// costs little.
  private static final int PERIOD = 256;

  private GroupNormKernel() {}

  /// {@return the elements of a period: a power of two of pixels, not more than the image has, the
  /// same number whatever the vector length up to which channels are padded}
  ///
  /// @param channels channels of a pixel, a multiple of the vector length
  public static int period(int pixels, int channels) {
    int wide = Math.ceilDiv(channels, WIDEST) * WIDEST;
    return channels
        * Math.max(1, Integer.highestOneBit(Math.min(pixels, PERIOD / Math.max(1, wide))));
  }

  /// Repeats the first `channels` elements for a whole period.
  public static void repeat(int period, int channels, float[] coefficient) {
    for (int n = channels; n < period; n *= 2) {
      System.arraycopy(coefficient, 0, coefficient, n, n);
    }
  }

  /// The sum of a period's pixels: `sum[c] += sum over k > 0 of sum[k * channels + c]`, in halves.
  public static void fold(int period, int channels, float[] sum) {
    for (int half = period / 2; half >= channels; half /= 2) {
      for (int k = 0; k < half; k += COUNT) {
        FloatVector.fromArray(SPECIES, sum, k).add(FloatVector.fromArray(SPECIES, sum, half + k))
            .intoArray(sum, k);
      }
    }
  }

  /// Adds `x - first` to `sum` and its square to `sumOfSquares`, for each element of a period.
  /// Without the shift by `first` a mean much larger than the standard deviation would cancel most
  /// digits of the variance.
  public static void sums(int length, int period, float[] x, int x0, float[] first, float[] sum,
      float[] sumOfSquares) {
    int at = 0;
    for (; at + 4 * period <= length; at += 4 * period) {
      sumsOfFour(period, x, x0 + at, x0 + at + period, x0 + at + 2 * period, x0 + at + 3 * period,
          first, sum, sumOfSquares);
    }
    for (; at < length; at += period) {
      sumsOfOne(Math.min(period, length - at), x, x0 + at, first, sum, sumOfSquares);
    }
  }

  /// Four periods at once: one at a time, loading and storing the sums would be most of the work.
  private static void sumsOfFour(int n, float[] x, int x0, int x1, int x2, int x3, float[] first,
      float[] sum, float[] sumOfSquares) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector f = FloatVector.fromArray(SPECIES, first, k);
      FloatVector v0 = FloatVector.fromArray(SPECIES, x, x0 + k).sub(f);
      FloatVector v1 = FloatVector.fromArray(SPECIES, x, x1 + k).sub(f);
      FloatVector v2 = FloatVector.fromArray(SPECIES, x, x2 + k).sub(f);
      FloatVector v3 = FloatVector.fromArray(SPECIES, x, x3 + k).sub(f);
      v0.add(v1).add(v2.add(v3)).add(FloatVector.fromArray(SPECIES, sum, k)).intoArray(sum, k);
      FloatVector squares = FloatVector.fromArray(SPECIES, sumOfSquares, k);
      v3.fma(v3, v2.fma(v2, v1.fma(v1, v0.fma(v0, squares)))).intoArray(sumOfSquares, k);
    }
  }

  private static void sumsOfOne(int n, float[] x, int x0, float[] first, float[] sum,
      float[] sumOfSquares) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, first, k));
      FloatVector.fromArray(SPECIES, sum, k).add(v).intoArray(sum, k);
      v.fma(v, FloatVector.fromArray(SPECIES, sumOfSquares, k)).intoArray(sumOfSquares, k);
    }
  }

  /// `y = (x - mean) * scale + shift`, and then `y * sigmoid(y)` if `silu`. y may be x.
  public static void apply(int length, int period, float[] x, int x0, float[] mean, float[] scale,
      float[] shift, boolean silu, float[] y, int y0) {
    for (int at = 0; at < length; at += period) {
      int n = Math.min(period, length - at);
      if (silu) {
        applyWithSilu(n, x, x0 + at, mean, scale, shift, y, y0 + at);
      } else {
        applyAlone(n, x, x0 + at, mean, scale, shift, y, y0 + at);
      }
    }
  }

  private static void applyAlone(int n, float[] x, int x0, float[] mean, float[] scale,
      float[] shift, float[] y, int y0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector.fromArray(SPECIES, x, x0 + k).sub(FloatVector.fromArray(SPECIES, mean, k))
          .fma(FloatVector.fromArray(SPECIES, scale, k), FloatVector.fromArray(SPECIES, shift, k))
          .intoArray(y, y0 + k);
    }
  }

  private static void applyWithSilu(int n, float[] x, int x0, float[] mean, float[] scale,
      float[] shift, float[] y, int y0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector z = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, mean, k))
          .fma(FloatVector.fromArray(SPECIES, scale, k), FloatVector.fromArray(SPECIES, shift, k));
      z.mul(Exponential.sigmoid(z)).intoArray(y, y0 + k);
    }
  }

  /// The first pass backward: with `z = (x - mean) * scale + shift`, the gradient `dz` of z from
  /// the gradient `dy` of the result of [#apply]. Adds `dz` to `sum` and `dz * (x - mean)` to
  /// `sumWithX`, for each element of a period. dz may be dy.
  public static void backwardSums(int length, int period, float[] x, int x0, float[] dy, int dy0,
      float[] mean, float[] scale, float[] shift, boolean silu, float[] dz, int dz0, float[] sum,
      float[] sumWithX) {
    for (int at = 0; at < length; at += period) {
      int n = Math.min(period, length - at);
      if (silu) {
        backwardSumsWithSilu(n, x, x0 + at, dy, dy0 + at, mean, scale, shift, dz, dz0 + at, sum,
            sumWithX);
      } else {
        backwardSumsAlone(n, x, x0 + at, dy, dy0 + at, mean, dz, dz0 + at, sum, sumWithX);
      }
    }
  }

  private static void backwardSumsAlone(int n, float[] x, int x0, float[] dy, int dy0,
      float[] mean, float[] dz, int dz0, float[] sum, float[] sumWithX) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector centred = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, mean, k));
      FloatVector d = FloatVector.fromArray(SPECIES, dy, dy0 + k);
      d.intoArray(dz, dz0 + k);
      FloatVector.fromArray(SPECIES, sum, k).add(d).intoArray(sum, k);
      d.fma(centred, FloatVector.fromArray(SPECIES, sumWithX, k)).intoArray(sumWithX, k);
    }
  }

  private static void backwardSumsWithSilu(int n, float[] x, int x0, float[] dy, int dy0,
      float[] mean, float[] scale, float[] shift, float[] dz, int dz0, float[] sum,
      float[] sumWithX) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int k = 0; k < n; k += COUNT) {
      FloatVector centred = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, mean, k));
      FloatVector z = centred.fma(FloatVector.fromArray(SPECIES, scale, k),
          FloatVector.fromArray(SPECIES, shift, k));
      // (z sigmoid(z))' = sigmoid(z) (1 + z (1 - sigmoid(z)))
      FloatVector sigmoid = Exponential.sigmoid(z);
      FloatVector d = FloatVector.fromArray(SPECIES, dy, dy0 + k).mul(sigmoid)
          .mul(one.sub(sigmoid).fma(z, one));
      d.intoArray(dz, dz0 + k);
      FloatVector.fromArray(SPECIES, sum, k).add(d).intoArray(sum, k);
      d.fma(centred, FloatVector.fromArray(SPECIES, sumWithX, k)).intoArray(sumWithX, k);
    }
  }

  /// The second pass backward: `dx = dz * perDz + (x - mean) * perX + constant`, added to dx if
  /// `accumulate`. dx may be dz.
  public static void backwardApply(int length, int period, float[] x, int x0, float[] mean,
      float[] perDz, float[] perX, float[] constant, float[] dz, int dz0, float[] dx, int dx0,
      boolean accumulate) {
    for (int at = 0; at < length; at += period) {
      int n = Math.min(period, length - at);
      if (accumulate) {
        backwardAdd(n, x, x0 + at, mean, perDz, perX, constant, dz, dz0 + at, dx, dx0 + at);
      } else {
        backwardApply(n, x, x0 + at, mean, perDz, perX, constant, dz, dz0 + at, dx, dx0 + at);
      }
    }
  }

  private static void backwardApply(int n, float[] x, int x0, float[] mean, float[] perDz,
      float[] perX, float[] constant, float[] dz, int dz0, float[] dx, int dx0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector rest = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, mean, k))
          .fma(FloatVector.fromArray(SPECIES, perX, k),
              FloatVector.fromArray(SPECIES, constant, k));
      FloatVector.fromArray(SPECIES, dz, dz0 + k)
          .fma(FloatVector.fromArray(SPECIES, perDz, k), rest)
          .intoArray(dx, dx0 + k);
    }
  }

  private static void backwardAdd(int n, float[] x, int x0, float[] mean, float[] perDz,
      float[] perX, float[] constant, float[] dz, int dz0, float[] dx, int dx0) {
    for (int k = 0; k < n; k += COUNT) {
      FloatVector rest = FloatVector.fromArray(SPECIES, x, x0 + k)
          .sub(FloatVector.fromArray(SPECIES, mean, k))
          .fma(FloatVector.fromArray(SPECIES, perX, k),
              FloatVector.fromArray(SPECIES, constant, k));
      FloatVector.fromArray(SPECIES, dz, dz0 + k)
          .fma(FloatVector.fromArray(SPECIES, perDz, k), rest)
          .add(FloatVector.fromArray(SPECIES, dx, dx0 + k)).intoArray(dx, dx0 + k);
    }
  }
}
