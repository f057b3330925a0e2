package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;

/// Loops over the pixels of an image, each a short run of channels. The JVM's own vector code is
/// made for long runs: for 32 or 64 elements it spends most time in the loops before and behind the
/// vector one.
///
/// Lanes are channels; pixel `p` starts at `x0 + p * channels`. Channels behind the last whole
/// vector are computed one by one, in the same order of additions.
public final class Pixels {
  private Pixels() {}

  /// For every channel the sum over the pixels: `sum[c] = sum over p of x[p * channels + c]`.
  public static void sum(int pixels, int channels, float[] x, int x0, float[] sum, int sum0) {
    int c = 0;
    for (; c + COUNT <= channels; c += COUNT) {
      FloatVector s0 = FloatVector.zero(SPECIES);
      FloatVector s1 = FloatVector.zero(SPECIES);
      int at = x0 + c;
      int p = 0;
      // Two pixels at a time: one sum would wait for its own last addition.
      for (; p + 2 <= pixels; p += 2, at += 2 * channels) {
        s0 = s0.add(FloatVector.fromArray(SPECIES, x, at));
        s1 = s1.add(FloatVector.fromArray(SPECIES, x, at + channels));
      }
      if (p < pixels) {
        s0 = s0.add(FloatVector.fromArray(SPECIES, x, at));
      }
      s0.add(s1).intoArray(sum, sum0 + c);
    }
    for (; c < channels; c++) {
      sum[sum0 + c] = sumOfChannel(pixels, channels, x, x0 + c);
    }
  }

  private static float sumOfChannel(int pixels, int channels, float[] x, int x0) {
    float s0 = 0;
    float s1 = 0;
    int at = x0;
    int p = 0;
    for (; p + 2 <= pixels; p += 2, at += 2 * channels) {
      s0 += x[at];
      s1 += x[at + channels];
    }
    return (p < pixels ? s0 + x[at] : s0) + s1;
  }

  /// Adds a number of its own to every channel: `x[p * channels + c] += shift[c]`.
  public static void add(int pixels, int channels, float[] shift, int shift0, float[] x, int x0) {
    int c = 0;
    for (; c + COUNT <= channels; c += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, shift, shift0 + c);
      for (int p = 0, at = x0 + c; p < pixels; p++, at += channels) {
        FloatVector.fromArray(SPECIES, x, at).add(v).intoArray(x, at);
      }
    }
    for (; c < channels; c++) {
      for (int p = 0, at = x0 + c; p < pixels; p++, at += channels) {
        x[at] += shift[shift0 + c];
      }
    }
  }

  /// A row of pixels from every two by two of a pair of rows: `y[j] = factor ((top[2j] + top[2j +
  /// 1]) + (bottom[2j] + bottom[2j + 1]))`.
  ///
  /// @param pixels pixels of the result
  /// @param top start of the first row in x
  /// @param bottom start of the second
  public static void halve(int pixels, int channels, float factor, float[] x, int top, int bottom,
      float[] y, int y0) {
    for (int j = 0; j < pixels; j++) {
      int a = top + 2 * j * channels;
      int b = bottom + 2 * j * channels;
      int to = y0 + j * channels;
      int c = 0;
      for (; c + COUNT <= channels; c += COUNT) {
        FloatVector sumA = FloatVector.fromArray(SPECIES, x, a + c)
            .add(FloatVector.fromArray(SPECIES, x, a + channels + c));
        FloatVector sumB = FloatVector.fromArray(SPECIES, x, b + c)
            .add(FloatVector.fromArray(SPECIES, x, b + channels + c));
        sumA.add(sumB).mul(factor).intoArray(y, to + c);
      }
      for (; c < channels; c++) {
        y[to + c] = factor * (x[a + c] + x[a + channels + c] + (x[b + c] + x[b + channels + c]));
      }
    }
  }
}
