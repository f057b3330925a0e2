package haze.benchmarks;

import java.util.Arrays;

/// The rest of a U-Net in plain loops: activations, softmax, attention, group normalisation, Adam,
/// resizing.
final class ScalarNetwork {
  private ScalarNetwork() {}

  static void exp(float[] x, float[] y) {
    for (int i = 0; i < x.length; i++) {
      y[i] = (float) Math.exp(x[i]);
    }
  }

  private static float sigmoid(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  static void silu(float[] x, float[] y) {
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * sigmoid(x[i]);
    }
  }

  static void siluBackward(float[] x, float[] dy, float[] dx) {
    for (int i = 0; i < x.length; i++) {
      float s = sigmoid(x[i]);
      dx[i] = dy[i] * s * (1 + x[i] * (1 - s));
    }
  }

  /// Softmax of the rows of `factor x`; in place if y is x.
  static void softmax(int rows, int n, float factor, float[] x, int x0, float[] y, int y0) {
    for (int row = 0; row < rows; row++) {
      int from = x0 + row * n;
      int to = y0 + row * n;
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < n; i++) {
        largest = Math.max(largest, factor * x[from + i]);
      }
      float sum = 0;
      for (int i = 0; i < n; i++) {
        y[to + i] = (float) Math.exp(factor * x[from + i] - largest);
        sum += y[to + i];
      }
      for (int i = 0; i < n; i++) {
        y[to + i] /= sum;
      }
    }
  }

  /// `y = softmax(q k^T / sqrt(channels)) v` for every image, one head. The probabilities go to
  /// `p`, `[n, length, length]`; `scratch` has `length * channels` floats.
  static void attention(
      int n,
      int length,
      int channels,
      float[] q,
      float[] k,
      float[] v,
      float[] p,
      float[] y,
      float[] scratch) {
    float factor = (float) (1 / Math.sqrt(channels));
    for (int image = 0; image < n; image++) {
      int at = image * length * channels;
      int pAt = image * length * length;
      ScalarMatMul.transposedB(length, length, channels, q, at, k, at, p, pAt, scratch);
      softmax(length, length, factor, p, pAt, p, pAt);
      ScalarMatMul.plain(length, channels, length, p, pAt, v, at, y, at);
    }
  }

  /// The gradients of [#attention]; `ds` is overwritten, `[length, length]`.
  static void attentionBackward(
      int n,
      int length,
      int channels,
      float[] q,
      float[] k,
      float[] v,
      float[] p,
      float[] dy,
      float[] dq,
      float[] dk,
      float[] dv,
      float[] ds,
      float[] scratch) {
    float factor = (float) (1 / Math.sqrt(channels));
    for (int image = 0; image < n; image++) {
      int at = image * length * channels;
      int pAt = image * length * length;
      ScalarMatMul.transposedA(length, channels, length, p, pAt, dy, at, dv, at);
      ScalarMatMul.transposedB(length, length, channels, dy, at, v, at, ds, 0, scratch);
      for (int i = 0; i < length; i++) {
        float dot = 0;
        for (int j = 0; j < length; j++) {
          dot += p[pAt + i * length + j] * ds[i * length + j];
        }
        for (int j = 0; j < length; j++) {
          ds[i * length + j] = factor * p[pAt + i * length + j] * (ds[i * length + j] - dot);
        }
      }
      ScalarMatMul.plain(length, channels, length, ds, 0, k, at, dq, at);
      ScalarMatMul.transposedA(length, channels, length, ds, 0, q, at, dk, at);
    }
  }

  /// Group normalisation and SiLU of `[n, pixels, channels]`.
  static void groupNormSilu(
      int n,
      int pixels,
      int channels,
      int groups,
      float eps,
      float[] x,
      float[] gamma,
      float[] beta,
      float[] y) {
    int width = channels / groups;
    for (int group = 0; group < n * groups; group++) {
      int first = group / groups * pixels * channels + group % groups * width;
      float mean = mean(pixels, channels, width, x, first);
      float r = reciprocalDeviation(pixels, channels, width, x, first, mean, eps);
      for (int p = 0; p < pixels; p++) {
        for (int c = 0; c < width; c++) {
          int at = first + p * channels + c;
          int channel = group % groups * width + c;
          float z = (x[at] - mean) * r * gamma[channel] + beta[channel];
          y[at] = z * sigmoid(z);
        }
      }
    }
  }

  /// The gradients of [#groupNormSilu]; those of gamma and beta are added to.
  static void groupNormSiluBackward(
      int n,
      int pixels,
      int channels,
      int groups,
      float eps,
      float[] x,
      float[] gamma,
      float[] beta,
      float[] dy,
      float[] dx,
      float[] dGamma,
      float[] dBeta) {
    int width = channels / groups;
    for (int group = 0; group < n * groups; group++) {
      int first = group / groups * pixels * channels + group % groups * width;
      float mean = mean(pixels, channels, width, x, first);
      float r = reciprocalDeviation(pixels, channels, width, x, first, mean, eps);
      float sum = 0;
      float sumWithXhat = 0;
      for (int p = 0; p < pixels; p++) {
        for (int c = 0; c < width; c++) {
          int at = first + p * channels + c;
          int channel = group % groups * width + c;
          float xhat = (x[at] - mean) * r;
          float z = xhat * gamma[channel] + beta[channel];
          float s = sigmoid(z);
          float dz = dy[at] * s * (1 + z * (1 - s));
          dx[at] = dz;
          dBeta[channel] += dz;
          dGamma[channel] += dz * xhat;
          sum += gamma[channel] * dz;
          sumWithXhat += gamma[channel] * dz * xhat;
        }
      }
      float count = (float) pixels * width;
      for (int p = 0; p < pixels; p++) {
        for (int c = 0; c < width; c++) {
          int at = first + p * channels + c;
          float xhat = (x[at] - mean) * r;
          dx[at] =
              r * (gamma[group % groups * width + c] * dx[at] - (sum + xhat * sumWithXhat) / count);
        }
      }
    }
  }

  private static float mean(int pixels, int channels, int width, float[] x, int first) {
    float sum = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < width; c++) {
        sum += x[first + p * channels + c];
      }
    }
    return sum / (pixels * width);
  }

  private static float reciprocalDeviation(
      int pixels, int channels, int width, float[] x, int first, float mean, float eps) {
    float sum = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < width; c++) {
        float d = x[first + p * channels + c] - mean;
        sum += d * d;
      }
    }
    return (float) (1 / Math.sqrt(sum / (pixels * width) + eps));
  }

  /// Kingma and Ba 2015, algorithm 1.
  static void adam(
      float[] w,
      float[] gradient,
      float[] m,
      float[] v,
      float rate,
      float beta1,
      float beta2,
      float epsilon,
      int step) {
    float correction1 = (float) (1 - Math.pow(beta1, (double) step));
    float correction2 = (float) (1 - Math.pow(beta2, (double) step));
    for (int i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
      v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
      w[i] -= rate * (m[i] / correction1) / ((float) Math.sqrt(v[i] / correction2) + epsilon);
    }
  }

  /// Every pixel of `[n, h, w, c]` as a square of 2x2.
  static void nearest2x(int n, int h, int w, int c, float[] x, float[] y) {
    for (int row = 0; row < n * 2 * h; row++) {
      for (int column = 0; column < 2 * w; column++) {
        for (int k = 0; k < c; k++) {
          y[(row * 2 * w + column) * c + k] = x[(row / 2 * w + column / 2) * c + k];
        }
      }
    }
  }

  /// The sums of squares of 2x2 pixels of `[n, 2h, 2w, c]`.
  static void sum2x2(int n, int h, int w, int c, float[] x, float[] y) {
    Arrays.fill(y, 0);
    for (int row = 0; row < n * 2 * h; row++) {
      for (int column = 0; column < 2 * w; column++) {
        for (int k = 0; k < c; k++) {
          y[(row / 2 * w + column / 2) * c + k] += x[(row * 2 * w + column) * c + k];
        }
      }
    }
  }

  /// The channels of a, then those of b, for every pixel.
  static void concat(int pixels, int aChannels, int bChannels, float[] a, float[] b, float[] y) {
    int at = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < aChannels; c++) {
        y[at++] = a[p * aChannels + c];
      }
      for (int c = 0; c < bChannels; c++) {
        y[at++] = b[p * bChannels + c];
      }
    }
  }
}
