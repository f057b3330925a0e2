package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.function.IntToDoubleFunction;

/// `a x + b y`, the only arithmetic on images that diffusion needs: every distribution here is
/// normal, with a mean that is a weighted sum of two images and noise that is added with a weight.
public final class WeightedSum {
  private WeightedSum() {}

  /// `a x + b y` with the same weights for all elements.
  ///
  /// @param a the weight of `x`, rounded to float
  /// @param x a tensor
  /// @param b the weight of `y`, rounded to float
  /// @param y a tensor of the same shape
  /// @return the sum, a new tensor
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor of(double a, Tensor x, double b, Tensor y) {
    return of(Allocator.HEAP, "weighted sum", new double[] {a}, x, new double[] {b}, y);
  }

  /// The sum for every image of a batch, on the Java heap, see the other method of this name.
  static Tensor of(
      String operation, int[] t, IntToDoubleFunction a, Tensor x, IntToDoubleFunction b, Tensor y) {
    return of(Allocator.HEAP, operation, t, a, x, b, y);
  }

  /// `a(t_i) x_i + b(t_i) y_i` for every image i of a batch.
  ///
  /// @param allocator gives the result's memory
  /// @param operation the name for the error message
  /// @param t a timestep for every image, or one for all
  /// @param a the weight of x at a timestep
  /// @param x `[n, ...]`
  /// @param b the weight of y at a timestep
  /// @param y `[n, ...]`, the shape of x
  /// @return the sums, `[n, ...]`
  static Tensor of(
      Allocator allocator,
      String operation,
      int[] t,
      IntToDoubleFunction a,
      Tensor x,
      IntToDoubleFunction b,
      Tensor y) {
    double[] xWeights = new double[t.length];
    double[] yWeights = new double[t.length];
    for (int i = 0; i < t.length; i++) {
      xWeights[i] = a.applyAsDouble(t[i]);
      yWeights[i] = b.applyAsDouble(t[i]);
    }
    return of(allocator, operation, xWeights, x, yWeights, y);
  }

  /// `a_i x_i + b_i y_i` for every image i of a batch.
  ///
  /// @param allocator gives the result's memory
  /// @param operation the name for the error message
  /// @param a a weight of x for every image, or one for all
  /// @param x `[n, ...]`
  /// @param b as many weights of y
  /// @param y `[n, ...]`, the shape of x
  /// @return the sums, `[n, ...]`
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
