package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/// `a x + b y`, the only arithmetic on images that diffusion needs: every distribution here is
/// normal, with a mean that is a weighted sum of two images, and noise is added with a weight.
public final class WeightedSum {
  private WeightedSum() {}

  /// An image of the sum, and its weight at each timestep.
  record Term(IntToDoubleFunction weight, Tensor x) {
    private double[] weights(int... t) {
      double[] weights = new double[t.length];
      for (int i = 0; i < t.length; i++) {
        weights[i] = weight.applyAsDouble(t[i]);
      }
      return weights;
    }
  }

  static Term term(IntToDoubleFunction weight, Tensor x) {
    return new Term(weight, x);
  }

  /// {@return `a x + b y`, the same weights for all elements}
  ///
  /// @param a the weight of x, rounded to float
  /// @param b the weight of y, rounded to float
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor of(double a, Tensor x, double b, Tensor y) {
    return of(Allocator.HEAP, "weighted sum", new double[] {a}, x, new double[] {b}, y);
  }

  /// {@return the sum of the first tensors, as many as there are weights, each times its weight}
  ///
  /// @param weights at least one, rounded to float
  /// @param tensors at least as many, of the same shape
  /// @throws IllegalArgumentException if shapes differ
  public static Tensor of(double[] weights, List<Tensor> tensors) {
    Tensor sum = tensors.get(0).times((float) weights[0]);
    for (int i = 1; i < weights.length; i++) {
      sum = of(1, sum, weights[i], tensors.get(i));
    }
    return sum;
  }

  /// {@return `a(t_i) x_i + b(t_i) y_i` for every image i of a batch, `[n, ...]`, on the Java heap}
  ///
  /// @param operation the name for the error message
  /// @param t a timestep for every image, or one for all
  static Tensor of(String operation, int[] t, Term a, Term b) {
    return of(Allocator.HEAP, operation, t, a, b);
  }

  /// {@return the same in memory of the allocator}
  static Tensor of(Allocator allocator, String operation, int[] t, Term a, Term b) {
    return of(allocator, operation, a.weights(t), a.x, b.weights(t), b.x);
  }

  /// {@return `a_i x_i + b_i y_i` for every image i of a batch, `[n, ...]`}
  ///
  /// @param operation the name for the error message
  /// @param a a weight of x for every image, or one for all
  /// @param b as many weights of y
  static Tensor of(
      Allocator allocator, String operation, double[] a, Tensor x, double[] b, Tensor y) {
    if (a.length != 1 && (x.shape().rank() == 0 || a.length != x.dim(0))) {
      throw new IllegalArgumentException(
          operation + ": " + a.length + " timesteps for images " + x.shape());
    }
    if (!x.shape().equals(y.shape())) {
      throw new IllegalArgumentException(
          operation + ": shapes differ: " + x.shape() + " and " + y.shape());
    }
    Tensor sum = allocator.allocate(x.shape());
    // The batch is cut into as many equal parts as there are weights.
    int part = a.length == 0 ? 0 : x.size() / a.length;
    for (int i = 0; i < a.length; i++) {
      float xWeight = (float) a[i];
      float yWeight = (float) b[i];
      for (int j = i * part; j < (i + 1) * part; j++) {
        sum.data()[sum.offset() + j] =
            xWeight * x.data()[x.offset() + j] + yWeight * y.data()[y.offset() + j];
      }
    }
    return sum;
  }
}
