package haze.nn.optim;

/// Shortens a gradient that is too long, and tells when it is no number any more; as
/// `torch.nn.utils.clip_grad_norm_`.
///
/// The norm is summed in a fixed way whoever computes which part: squares are added up in double
/// over chunks of [#CHUNK] elements, then the chunks' sums in their order. Threads share the work
/// by chunks:
///
/// ```
/// double[] sums = new double[GradientClip.chunks(gradient.length)];
/// GradientClip.sumSquares(gradient, sums, 0, sums.length);     // or parts of it, in any order
/// double norm = GradientClip.norm(sums);                       // not finite: training has failed
/// float scale = GradientClip.scale(norm, 1.0);                 // for Optimizer.update
/// ```
public final class GradientClip {
  /// Elements whose squares are added up in one go.
  public static final int CHUNK = 1 << 16;

  /// What PyTorch adds to the norm before it divides by it.
  private static final double EPSILON = 1e-6;

  private static final int LANES = 8;

  private GradientClip() {}

  /// How many chunks a gradient has.
  ///
  /// @param size its number of elements
  /// @return the number of sums that [#sumSquares] gives
  public static int chunks(int size) {
    return Math.ceilDiv(size, CHUNK);
  }

  /// Adds up the squares of some chunks.
  ///
  /// @param gradient all of it
  /// @param sums one a chunk; those of the given chunks are overwritten
  /// @param fromChunk the first chunk
  /// @param toChunk the chunk after the last
  /// @throws IllegalArgumentException if `sums` has not one element a chunk, or there are no such
  ///   chunks
  public static void sumSquares(float[] gradient, double[] sums, int fromChunk, int toChunk) {
    Checks.range("clip", fromChunk, toChunk, chunks(gradient.length), sums.length);
    for (int chunk = fromChunk; chunk < toChunk; chunk++) {
      int from = chunk * CHUNK;
      sums[chunk] = sumSquares(gradient, from, from + Math.min(CHUNK, gradient.length - from));
    }
  }

  /// Eight sums side by side, since a processor can begin an addition long before the last one
  /// ends.
  private static double sumSquares(float[] x, int from, int to) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      s0 += (double) x[i] * x[i];
      s1 += (double) x[i + 1] * x[i + 1];
      s2 += (double) x[i + 2] * x[i + 2];
      s3 += (double) x[i + 3] * x[i + 3];
      s4 += (double) x[i + 4] * x[i + 4];
      s5 += (double) x[i + 5] * x[i + 5];
      s6 += (double) x[i + 6] * x[i + 6];
      s7 += (double) x[i + 7] * x[i + 7];
    }
    double sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
    for (; i < to; i++) {
      sum += (double) x[i] * x[i];
    }
    return sum;
  }

  /// The length of the whole gradient. It is finite exactly if every element is: if it is not, the
  /// step must not be taken, or the weights are lost.
  ///
  /// @param sums from [#sumSquares], of all chunks
  /// @return the square root of the sum of all squares, possibly infinite or NaN
  public static double norm(double[] sums) {
    double sum = 0;
    for (double chunk : sums) {
      sum += chunk;
    }
    return Math.sqrt(sum);
  }

  /// The length of the whole gradient, see [#norm(double\[\])], on one thread.
  ///
  /// @param gradient all of it
  /// @return its length, possibly infinite or NaN
  public static double norm(float[] gradient) {
    double[] sums = new double[chunks(gradient.length)];
    sumSquares(gradient, sums, 0, sums.length);
    return norm(sums);
  }

  /// The factor that brings a gradient down to a length: `min(1, maxNorm / (norm + 1e-6))`.
  ///
  /// @param norm the gradient's length
  /// @param maxNorm the greatest length that is let through, above 0; infinite: no clipping
  /// @return a number in (0, 1]
  /// @throws IllegalArgumentException if the norm is not finite or the greatest length not above 0
  public static float scale(double norm, double maxNorm) {
    if (!Double.isFinite(norm)) {
      throw new IllegalArgumentException("clip: the gradient's norm is " + norm);
    }
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("clip: expected a greatest norm above 0, not " + maxNorm);
    }
    return (float) Math.min(1, maxNorm / (norm + EPSILON));
  }
}
