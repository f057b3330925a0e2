package haze.tensor;

import haze.tensor.kernel.Activations;
import haze.tensor.kernel.Gemm;

/// Scaled dot-product attention with several heads (Vaswani et al. 2017, eq. 1).
///
/// ```
/// p = softmax(q k^T / sqrt(d))      y = p v          for every image and head, d channels a head
/// ```
///
/// Head h has the channels `h*d .. (h+1)*d - 1`; it reads them in place, without a transposition.
/// The allocator gives results' memory and lends scratch memory.
public final class Attention {
  private Attention() {}

  /// The result and the probabilities.
  ///
  /// @param y `[n, length, channels]`
  /// @param probabilities `[n, heads, length, length]`, every row sums to 1
  public record Result(Tensor y, Tensor probabilities) {}

  /// The gradients of queries, keys and values.
  public record Gradients(Tensor dq, Tensor dk, Tensor dv) {}

  /// Attention of queries q over keys k with values v, all `[n, length, channels]`.
  ///
  /// @param heads number of heads, divides the channels
  /// @throws IllegalArgumentException if shapes differ or the heads do not divide the channels
  public static Result forward(Allocator allocator, Tensor q, Tensor k, Tensor v, int heads) {
    Sizes s = Sizes.of(q, k, v, heads);
    Tensor p = allocator.allocate(Shape.of(s.n, heads, s.length, s.length));
    Tensor y = allocator.allocate(q.shape());
    float[] scratch = allocator.borrow(s.scratch());
    for (int i = 0; i < s.n * heads; i++) {
      int at = s.start(i);
      int pAt = p.offset() + i * s.length * s.length;
      Gemm.multiply(
          s.length,
          s.length,
          s.depth,
          q.data(),
          q.offset() + at,
          s.channels,
          1,
          k.data(),
          k.offset() + at,
          1,
          s.channels,
          p.data(),
          pAt,
          s.length,
          false,
          scratch);
      Activations.softmax(s.length, s.length, s.scale(), p.data(), pAt, p.data(), pAt);
      Gemm.multiply(
          s.length,
          s.depth,
          s.length,
          p.data(),
          pAt,
          s.length,
          1,
          v.data(),
          v.offset() + at,
          s.channels,
          1,
          y.data(),
          y.offset() + at,
          s.channels,
          false,
          scratch);
    }
    allocator.giveBack(scratch);
    return new Result(y, p);
  }

  /// The gradients of q, k and v: `dv = p^T dy`, `dp = dy v^T`, `ds = softmax'(p, dp)`, `dq = ds k
  /// / sqrt(d)`, `dk = ds^T q / sqrt(d)`, with `ds` the gradient of the scaled products.
  ///
  /// @param p the probabilities that [#forward] returned, `[n, heads, length, length]`
  /// @param dy gradient of y
  /// @throws IllegalArgumentException if shapes differ
  public static Gradients backward(
      Allocator allocator, Tensor q, Tensor k, Tensor v, Tensor p, Tensor dy) {
    int heads = p.shape().rank() == 4 ? p.dim(1) : 0;
    Sizes s = Sizes.of(q, k, v, heads);
    Elementwise.requireSame("attention", q, dy);
    if (!p.shape().equals(Shape.of(s.n, heads, s.length, s.length))) {
      throw new IllegalArgumentException(
          "attention: probabilities " + p.shape() + " for queries " + q.shape());
    }
    Tensor dq = allocator.allocate(q.shape());
    Tensor dk = allocator.allocate(q.shape());
    Tensor dv = allocator.allocate(q.shape());
    float[] ds = allocator.borrow(s.length * s.length);
    float[] scratch = allocator.borrow(s.scratch());
    for (int i = 0; i < s.n * heads; i++) {
      int at = s.start(i);
      int pAt = p.offset() + i * s.length * s.length;
      Gemm.multiply(
          s.length,
          s.depth,
          s.length,
          p.data(),
          pAt,
          1,
          s.length,
          dy.data(),
          dy.offset() + at,
          s.channels,
          1,
          dv.data(),
          dv.offset() + at,
          s.channels,
          false,
          scratch);
      Gemm.multiply(
          s.length,
          s.length,
          s.depth,
          dy.data(),
          dy.offset() + at,
          s.channels,
          1,
          v.data(),
          v.offset() + at,
          1,
          s.channels,
          ds,
          0,
          s.length,
          false,
          scratch);
      Activations.softmaxBackward(s.length, s.length, s.scale(), p.data(), pAt, ds, 0, ds, 0);
      Gemm.multiply(
          s.length,
          s.depth,
          s.length,
          ds,
          0,
          s.length,
          1,
          k.data(),
          k.offset() + at,
          s.channels,
          1,
          dq.data(),
          dq.offset() + at,
          s.channels,
          false,
          scratch);
      Gemm.multiply(
          s.length,
          s.depth,
          s.length,
          ds,
          0,
          1,
          s.length,
          q.data(),
          q.offset() + at,
          s.channels,
          1,
          dk.data(),
          dk.offset() + at,
          s.channels,
          false,
          scratch);
    }
    allocator.giveBack(scratch);
    allocator.giveBack(ds);
    return new Gradients(dq, dk, dv);
  }

  private record Sizes(int n, int length, int channels, int heads, int depth) {
    static Sizes of(Tensor q, Tensor k, Tensor v, int heads) {
      Elementwise.requireSame("attention", q, k);
      Elementwise.requireSame("attention", q, v);
      if (q.shape().rank() != 3 || heads < 1 || q.dim(2) % heads != 0) {
        throw new IllegalArgumentException(
            "attention: " + heads + " heads for " + q.shape() + ", expected [n, length, channels]");
      }
      return new Sizes(q.dim(0), q.dim(1), q.dim(2), heads, q.dim(2) / heads);
    }

    float scale() {
      return (float) (1 / Math.sqrt(depth));
    }

    /// Where image `i / heads`, head `i % heads` starts.
    int start(int i) {
      return i / heads * length * channels + i % heads * depth;
    }

    int scratch() {
      return Math.max(Gemm.scratch(length, depth), Gemm.scratch(depth, length));
    }
  }
}
