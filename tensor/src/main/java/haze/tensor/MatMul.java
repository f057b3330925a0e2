package haze.tensor;

import haze.tensor.kernel.Gemm;

/// Matrix products, single and in batches, with either side transposed.
public final class MatMul {
  private MatMul() {}

  /// The product over the two innermost axes, for every entry of the axes before them.
  ///
  /// @param allocator gives the result's memory
  /// @param a `[..., m, k]`, or `[..., k, m]` if `transposeA`
  /// @param transposeA whether a's two innermost axes are exchanged
  /// @param b `[..., k, n]`, or `[..., n, k]` if `transposeB`; the same leading axes as a, or none: then it is
  ///     the same for every entry
  /// @param transposeB whether b's two innermost axes are exchanged
  /// @return `[..., m, n]`
  /// @throws IllegalArgumentException if a side has fewer than two axes, the inner sizes differ, or the
  ///     leading axes differ
  public static Tensor multiply(Allocator allocator, Tensor a, boolean transposeA, Tensor b,
      boolean transposeB) {
    requireMatrices(a, b);
    Shape shape = a.shape().with(-2, a.dim(transposeA ? -1 : -2)).with(-1,
        b.dim(transposeB ? -2 : -1));
    Tensor c = allocator.allocate(shape);
    multiplyInto(allocator, a, transposeA, b, transposeB, c, false);
    return c;
  }

  /// The product, written or added to a tensor.
  ///
  /// @param allocator lends scratch memory
  /// @param a as in [#multiply]
  /// @param transposeA as in [#multiply]
  /// @param b as in [#multiply]
  /// @param transposeB as in [#multiply]
  /// @param c `[..., m, n]`, receives the product
  /// @param accumulate whether the product is added to c
  /// @throws IllegalArgumentException if shapes do not fit
  public static void multiplyInto(Allocator allocator, Tensor a, boolean transposeA, Tensor b,
      boolean transposeB,
      Tensor c, boolean accumulate) {
    requireMatrices(a, b);
    int m = a.dim(transposeA ? -1 : -2);
    int k = a.dim(transposeA ? -2 : -1);
    int n = b.dim(transposeB ? -2 : -1);
    if (b.dim(transposeB ? -1 : -2) != k) {
      throw new IllegalArgumentException(
          "matmul: inner dimensions differ: " + named(a, transposeA) + " x "
              + named(b, transposeB));
    }
    int batch = a.shape().count(0, a.shape().rank() - 2);
    boolean shared = b.shape().rank() == 2;
    if (!shared && !leading(a).equals(leading(b))) {
      throw new IllegalArgumentException(
          "matmul: leading dimensions differ: " + a.shape() + " x " + b.shape());
    }
    if (!c.shape().equals(a.shape().with(-2, m).with(-1, n))) {
      throw new IllegalArgumentException(
          "matmul: result has shape " + c.shape() + " for " + named(a, transposeA)
              + " x " + named(b, transposeB));
    }
    boolean merged = shared && !transposeA;
    // The rows of all entries are the rows of one matrix where B is the same for all.
    int rows = merged ? batch * m : m;
    int entries = merged ? 1 : batch;
    float[] scratch = allocator.borrow(Gemm.scratch(n, k));
    for (int i = 0; i < entries; i++) {
      Gemm.multiply(rows, n, k, a.data(), a.offset() + i * m * k, transposeA ? 1 : k,
          transposeA ? m : 1, b.data(),
          b.offset() + (shared ? 0 : i * k * n), transposeB ? 1 : n, transposeB ? k : 1, c.data(),
          c.offset() + i * m * n, n, accumulate, scratch);
    }
    allocator.giveBack(scratch);
  }

  private static void requireMatrices(Tensor a, Tensor b) {
    if (a.shape().rank() < 2 || b.shape().rank() < 2) {
      throw new IllegalArgumentException("matmul: not matrices: " + a.shape() + " x " + b.shape());
    }
  }

  private static Shape leading(Tensor x) {
    return Shape.of(java.util.Arrays.copyOf(x.shape().dims(), x.shape().rank() - 2));
  }

  private static String named(Tensor x, boolean transposed) {
    return x.shape() + (transposed ? "^T" : "");
  }
}
