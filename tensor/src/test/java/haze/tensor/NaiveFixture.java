package haze.tensor;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// The operations as their definitions read, plain loops in double: what the fast ones are compared
/// with.
///
/// Gradients come from the same loops: a convolution's three passes from one enumeration of its
/// products, all others by differentiating the forward pass numerically, so that no derivation of
/// the code is repeated here.
public final class NaiveFixture {
  private NaiveFixture() {}

  /// A tensor's elements in double.
  public static double[] doubles(Tensor x) {
    return x.toDoubles();
  }

  /// Calls `action` with every index of a shape, the innermost axis fastest.
  public static void forEachIndex(Shape shape, Consumer<int[]> action) {
    int[] index = new int[shape.rank()];
    for (int i = 0; i < shape.size(); i++) {
      int rest = i;
      for (int axis = shape.rank() - 1; axis >= 0; axis--) {
        index[axis] = rest % shape.dim(axis);
        rest /= shape.dim(axis);
      }
      action.accept(index);
    }
  }

  /// `C[m, n] = op(A)[m, k] * op(B)[k, n]`.
  public static double[] matmul(
      int m, int n, int k, double[] a, boolean transposeA, double[] b, boolean transposeB) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        for (int p = 0; p < k; p++) {
          c[i * n + j] +=
              a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
        }
      }
    }
    return c;
  }

  /// One product of a convolution: indices into x, w and y.
  interface Product {
    void at(int x, int w, int y);
  }

  private static void products(ConvolutionFixture c, Product product) {
    for (int n = 0; n < c.n(); n++) {
      for (int i = 0; i < c.oh(); i++) {
        for (int j = 0; j < c.ow(); j++) {
          for (int r = 0; r < c.kh(); r++) {
            for (int s = 0; s < c.kw(); s++) {
              int row = i * c.stride() + r - c.top();
              int column = j * c.stride() + s - c.left();
              if (row < 0 || row >= c.h() || column < 0 || column >= c.w()) {
                continue;
              }
              for (int in = 0; in < c.cin(); in++) {
                for (int out = 0; out < c.cout(); out++) {
                  product.at(
                      ((n * c.h() + row) * c.w() + column) * c.cin() + in,
                      ((r * c.kw() + s) * c.cin() + in) * c.cout() + out,
                      ((n * c.oh() + i) * c.ow() + j) * c.cout() + out);
                }
              }
            }
          }
        }
      }
    }
  }

  /// A convolution's output, `[n, oh, ow, cout]`.
  public static double[] convolution(ConvolutionFixture c, double[] x, double[] w, double[] bias) {
    double[] y = new double[c.output().size()];
    for (int i = 0; i < y.length; i++) {
      y[i] = bias[i % c.cout()];
    }
    products(c, (ix, iw, iy) -> y[iy] += x[ix] * w[iw]);
    return y;
  }

  /// The gradient of a convolution's images.
  public static double[] convolutionData(ConvolutionFixture c, double[] w, double[] dy) {
    double[] dx = new double[c.images().size()];
    products(c, (ix, iw, iy) -> dx[ix] += dy[iy] * w[iw]);
    return dx;
  }

  /// The gradient of a convolution's weight.
  public static double[] convolutionWeight(ConvolutionFixture c, double[] x, double[] dy) {
    double[] dw = new double[c.weight().size()];
    products(c, (ix, iw, iy) -> dw[iw] += x[ix] * dy[iy]);
    return dw;
  }

  /// Mean and `1 / sqrt(variance + eps)` of one group of one image `[pixels, c]`.
  public static double[] groupStatistics(
      double[] x, int from, int pixels, int c, int first, int width, double eps) {
    double mean = 0;
    double variance = 0;
    double count = (double) pixels * width;
    for (int p = 0; p < pixels; p++) {
      for (int q = first; q < first + width; q++) {
        mean += x[from + p * c + q] / count;
      }
    }
    for (int p = 0; p < pixels; p++) {
      for (int q = first; q < first + width; q++) {
        variance += Math.pow(x[from + p * c + q] - mean, 2) / count;
      }
    }
    return new double[] {mean, 1 / Math.sqrt(variance + eps)};
  }

  /// Group normalisation of `[n, pixels, c]`.
  public static double[] groupNorm(
      GroupNorm norm, int n, int pixels, double[] x, double[] gamma, double[] beta) {
    double[] y = new double[x.length];
    int c = gamma.length;
    int width = c / norm.groups();
    for (int image = 0; image < n; image++) {
      int from = image * pixels * c;
      for (int g = 0; g < norm.groups(); g++) {
        double[] s = groupStatistics(x, from, pixels, c, g * width, width, norm.eps());
        for (int p = 0; p < pixels; p++) {
          for (int q = g * width; q < (g + 1) * width; q++) {
            double z = gamma[q] * (x[from + p * c + q] - s[0]) * s[1] + beta[q];
            y[from + p * c + q] = norm.silu() ? silu(z) : z;
          }
        }
      }
    }
    return y;
  }

  /// `x / (1 + e^-x)`.
  public static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  /// Softmax of every row of `n` elements.
  public static double[] softmax(int n, double scale, double[] x) {
    double[] y = new double[x.length];
    for (int row = 0; row < x.length; row += n) {
      double largest = Arrays.stream(x, row, row + n).max().orElseThrow();
      double sum = 0;
      for (int i = row; i < row + n; i++) {
        sum += Math.exp(scale * (x[i] - largest));
      }
      for (int i = row; i < row + n; i++) {
        y[i] = Math.exp(scale * (x[i] - largest)) / sum;
      }
    }
    return y;
  }

  /// The probabilities of attention, `[n, heads, length, length]`.
  public static double[] probabilities(
      int n, int length, int channels, int heads, double[] q, double[] k) {
    int d = channels / heads;
    double[] products = new double[n * heads * length * length];
    for (int at = 0; at < products.length; at++) {
      int j = at % length;
      int i = at / length % length;
      int head = at / (length * length) % heads;
      int image = at / (length * length * heads);
      for (int c = head * d; c < (head + 1) * d; c++) {
        products[at] +=
            q[(image * length + i) * channels + c] * k[(image * length + j) * channels + c];
      }
    }
    return softmax(length, 1 / Math.sqrt(d), products);
  }

  /// Attention over `[n, length, channels]`.
  public static double[] attention(
      int n, int length, int channels, int heads, double[] q, double[] k, double[] v) {
    double[] p = probabilities(n, length, channels, heads, q, k);
    double[] y = new double[q.length];
    for (int at = 0; at < y.length; at++) {
      int c = at % channels;
      int i = at / channels % length;
      int image = at / (channels * length);
      int head = c / (channels / heads);
      for (int j = 0; j < length; j++) {
        y[at] +=
            p[((image * heads + head) * length + i) * length + j]
                * v[(image * length + j) * channels + c];
      }
    }
    return y;
  }

  /// The gradient of `sum(f(x) * dy)` at x, by the five-point rule.
  public static double[] gradient(UnaryOperator<double[]> f, double[] x, double[] dy) {
    double step = 1e-5;
    double[] dx = new double[x.length];
    double[] moved = x.clone();
    for (int i = 0; i < x.length; i++) {
      double sum = 0;
      for (int k : new int[] {-2, -1, 1, 2}) {
        moved[i] = x[i] + k * step;
        double[] y = f.apply(moved);
        double factor = (Math.abs(k) == 1 ? 8 : -1) * Integer.signum(k);
        for (int j = 0; j < y.length; j++) {
          sum += factor * y[j] * dy[j];
        }
      }
      dx[i] = sum / (12 * step);
      moved[i] = x[i];
    }
    return dx;
  }
}
