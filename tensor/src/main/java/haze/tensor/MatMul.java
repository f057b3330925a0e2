package haze.tensor;

import haze.tensor.kernel.Gemm;

/// Matrix products, single and in batches, with either side transposed.
///
/// a is `[..., m, k]`, or `[..., k, m]` if `transposeA`; b is `[..., k, n]`, or `[..., n, k]` if
/// `transposeB`. The axes before these are entries of a batch, the same for a and b; a b without
/// them is the same for every entry. The allocator gives the result's memory and lends scratch
/// memory.
public final class MatMul {
  private MatMul() {}

  /// The product `[..., m, n]` over the two innermost axes, for every entry of the axes before
  /// them.
  ///
  /// @throws IllegalArgumentException if a side has fewer than two axes, the inner sizes differ, or
  ///   the leading axes differ
  public static Tensor multiply(
      Allocator allocator, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
    Tensor c = allocator.allocate(productShape(a, transposeA, b, transposeB));
    multiplyInto(allocator, a, transposeA, b, transposeB, c, false);
    return c;
  }

  /// The product, written to c `[..., m, n]` or, if `accumulate`, added to it.
  ///
  /// @throws IllegalArgumentException if shapes do not fit
  public static void multiplyInto(
      Allocator allocator,
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      Tensor c,
      boolean accumulate) {
    Shape shape = productShape(a, transposeA, b, transposeB);
    if (!c.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "matmul: result has shape "
              + c.shape()
              + " for "
              + named(a, transposeA)
              + " x "
              + named(b, transposeB));
    }
    int entries = shape.count(0, shape.rank() - 2);
    boolean merged = b.shape().rank() == 2 && !transposeA;
    if (merged) {
      // The rows of all entries are the rows of one matrix where B is the same for all.
      rows(allocator, a, false, b, transposeB, c, accumulate, 0, 0, entries * shape.dim(-2));
    } else {
      for (int entry = 0; entry < entries; entry++) {
        rows(allocator, a, transposeA, b, transposeB, c, accumulate, entry, 0, shape.dim(-2));
      }
    }
  }

  /// Rows `from` to `past - 1` of one entry of a product whose shapes fit; entries are counted over
  /// the leading axes.
  static void rows(
      Allocator allocator,
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      Tensor c,
      boolean accumulate,
      int entry,
      int from,
      int past) {
    int m = c.dim(-2);
    int n = c.dim(-1);
    int k = a.dim(transposeA ? -2 : -1);
    int aRow = transposeA ? 1 : k;
    float[] scratch = allocator.borrow(Gemm.scratch(n, k));
    Gemm.multiply(
        past - from,
        n,
        k,
        a.data(),
        a.offset() + entry * m * k + from * aRow,
        aRow,
        transposeA ? m : 1,
        b.data(),
        b.offset() + (b.shape().rank() == 2 ? 0 : entry * k * n),
        transposeB ? 1 : n,
        transposeB ? k : 1,
        c.data(),
        c.offset() + (entry * m + from) * n,
        n,
        accumulate,
        scratch);
    allocator.giveBack(scratch);
  }

  /// {@return the shape of a product} Refuses shapes that do not fit.
  static Shape productShape(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
    requireMatrices(a, b);
    if (b.dim(transposeB ? -1 : -2) != a.dim(transposeA ? -2 : -1)) {
      throw new IllegalArgumentException(
          "matmul: inner dimensions differ: "
              + named(a, transposeA)
              + " x "
              + named(b, transposeB));
    }
    if (b.shape().rank() != 2 && !leading(a).equals(leading(b))) {
      throw new IllegalArgumentException(
          "matmul: leading dimensions differ: " + a.shape() + " x " + b.shape());
    }
    return a.shape().with(-2, a.dim(transposeA ? -1 : -2)).with(-1, b.dim(transposeB ? -2 : -1));
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
