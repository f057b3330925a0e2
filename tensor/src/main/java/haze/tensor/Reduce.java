package haze.tensor;

import haze.tensor.kernel.Pixels;

/// Sums, means and maxima over axes.
///
/// `axes` are the axes to reduce, negative if counted from the end; all if none is given. The
/// result has the same rank, and size 1 on those axes. Sums are kept in double. The allocator gives
/// the result's memory. An axis that does not exist is refused by an IllegalArgumentException.
public final class Reduce {
  /// Rows of a tensor that is summed column by column, such as the biases' gradients of a shard's
  /// images: more are summed row by row, as they lie in memory.
  private static final int FEW_ROWS = 64;

  private Reduce() {}

  public static Tensor sum(Allocator allocator, Tensor x, int... axes) {
    return sumTo(allocator, x, reduced(x.shape(), axes));
  }

  public static Tensor mean(Allocator allocator, Tensor x, int... axes) {
    Tensor sum = sum(allocator, x, axes);
    float count = (float) x.size() / sum.size();
    for (int i = 0; i < sum.size(); i++) {
      sum.data()[sum.offset() + i] /= count;
    }
    return sum;
  }

  /// The largest element over some axes, NaN where there is one.
  public static Tensor max(Allocator allocator, Tensor x, int... axes) {
    Tensor out = allocator.allocate(reduced(x.shape(), axes)).fill(Float.NEGATIVE_INFINITY);
    int[] targets = targets(x.shape(), out.shape());
    for (int i = 0; i < x.size(); i++) {
      int at = out.offset() + targets[i];
      out.data()[at] = Math.max(out.data()[at], x.data()[x.offset() + i]);
    }
    return out;
  }

  /// The sum over every axis along which a tensor of shape `target` was broadcast to `x`: the
  /// gradient of broadcasting.
  ///
  /// @throws IllegalArgumentException if `target` does not broadcast to x's shape
  public static Tensor sumTo(Allocator allocator, Tensor x, Shape target) {
    if (!Shape.broadcast(x.shape(), target, "sum").equals(x.shape())) {
      throw new IllegalArgumentException("sum: " + target + " does not broadcast to " + x.shape());
    }
    Tensor out = allocator.allocate(target);
    boolean rows = isSuffix(target, x.shape());
    if (rows && (target.size() == 1 || x.size() / target.size() <= FEW_ROWS)) {
      sumColumns(x, out);
      return out;
    }
    double[] sums = new double[target.size()];
    if (rows) {
      for (int row = 0; row < x.size(); row += sums.length) {
        for (int i = 0; i < sums.length; i++) {
          sums[i] += x.data()[x.offset() + row + i];
        }
      }
    } else {
      int[] targets = targets(x.shape(), target);
      for (int i = 0; i < x.size(); i++) {
        sums[targets[i]] += x.data()[x.offset() + i];
      }
    }
    for (int i = 0; i < sums.length; i++) {
      out.data()[out.offset() + i] = (float) sums[i];
    }
    return out;
  }

  /// Column by column, which needs no array of sums.
  private static void sumColumns(Tensor x, Tensor out) {
    for (int i = 0; i < out.size(); i++) {
      double sum = 0;
      for (int at = i; at < x.size(); at += out.size()) {
        sum += x.data()[x.offset() + at];
      }
      out.data()[out.offset() + i] = (float) sum;
    }
  }

  /// The sum over the pixels of every image: `[n, c]` for images `[n, ..., c]`.
  ///
  /// @throws IllegalArgumentException if x has fewer than two axes
  public static Tensor sumPixels(Allocator allocator, Tensor x) {
    if (x.shape().rank() < 2) {
      throw new IllegalArgumentException("sum: not images [n, ..., c]: " + x.shape());
    }
    int n = x.dim(0);
    int c = x.dim(-1);
    Tensor out = allocator.allocate(Shape.of(n, c));
    int pixels = x.shape().count(1, x.shape().rank() - 1);
    for (int image = 0; image < n; image++) {
      Pixels.sum(
          pixels,
          c,
          x.data(),
          x.offset() + image * pixels * c,
          out.data(),
          out.offset() + image * c);
    }
    return out;
  }

  private static boolean isSuffix(Shape target, Shape shape) {
    int skipped = shape.rank() - target.rank();
    boolean leading = true;
    for (int i = 0; i < target.rank(); i++) {
      boolean same = target.dim(i) == shape.dim(skipped + i);
      if (!same && !(leading && target.dim(i) == 1)) {
        return false;
      }
      leading &= target.dim(i) == 1;
    }
    return target.size() > 0;
  }

  private static Shape reduced(Shape shape, int[] axes) {
    int[] dims = shape.dims();
    if (axes.length == 0) {
      java.util.Arrays.fill(dims, 1);
    }
    for (int axis : axes) {
      dims[shape.axis(axis)] = 1;
    }
    return Shape.of(dims);
  }

  /// For every element of a tensor of shape `from` the index of the element of shape `to` that it
  /// is added to.
  private static int[] targets(Shape from, Shape to) {
    int[] targets = new int[from.size()];
    int stride = 1;
    int repeat = from.size();
    int skipped = from.rank() - to.rank();
    int[] strides = new int[from.rank()];
    for (int axis = from.rank() - 1; axis >= skipped; axis--) {
      int dim = to.dim(axis - skipped);
      strides[axis] = dim == 1 ? 0 : stride;
      stride *= dim;
    }
    for (int axis = 0; axis < from.rank(); axis++) {
      int dim = from.dim(axis);
      repeat = dim == 0 ? 0 : repeat / dim;
      for (int i = 0; i < targets.length; i++) {
        targets[i] += i / repeat % dim * strides[axis];
      }
    }
    return targets;
  }
}
