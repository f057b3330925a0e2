package haze.nn.optim;

/// The norm of a gradient, and clipping by it: `g = g min(1, max / (norm + 1e-6))`, as
/// `torch.nn.utils.clip_grad_norm_`.
///
/// The order of summation is fixed: squares are added up in double over chunks of [#CHUNK]
/// elements, then the chunks' sums in their order. Threads share the work by chunks, and each
/// number of threads gives the same bits:
///
/// {@snippet file="haze/nn/optim/GradientClipTest.java" region="clip"}
public final class GradientClip {
  /// Elements whose squares are added up in one go.
  public static final int CHUNK = 1 << 16;

  /// What PyTorch adds to the norm before it divides by it.
  private static final double EPSILON = 1e-6;

  private static final int LANES = 8;

  private GradientClip() {}

  /// {@return the number of chunks of a gradient of `size` elements}
  public static int chunks(int size) {
    return Math.ceilDiv(size, CHUNK);
  }

  /// Adds up the squares of the chunks `fromChunk <= i < toChunk`.
  ///
  /// @param gradient all of it
  /// @param sums one a chunk; those of the given chunks are overwritten
  /// @throws IllegalArgumentException if `sums` has not one element a chunk, or there are no such
  ///   chunks
  public static void sumSquares(float[] gradient, double[] sums, int fromChunk, int toChunk) {
    Checks.range("clip", fromChunk, toChunk, chunks(gradient.length), sums.length);
    for (int chunk = fromChunk; chunk < toChunk; chunk++) {
      int from = chunk * CHUNK;
      sums[chunk] = sumSquares(gradient, from, from + Math.min(CHUNK, gradient.length - from));
    }
  }

  /// The squares of the elements `from <= i < to`. Eight sums side by side, since a processor can
  /// begin an addition long before the last one ends.
  static double sumSquares(float[] x, int from, int to) {
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

  /// {@return the Euclidean norm of the whole gradient, finite exactly if every element is} If it
  /// is not, the step must not be taken, or the weights are lost.
  ///
  /// @param sums from [#sumSquares], of all chunks
  public static double norm(double[] sums) {
    double sum = 0;
    for (double chunk : sums) {
      sum += chunk;
    }
    return Math.sqrt(sum);
  }

  /// {@return the Euclidean norm of a gradient, see [#norm(double\[\])], on one thread}
  public static double norm(float[] gradient) {
    double[] sums = new double[chunks(gradient.length)];
    sumSquares(gradient, sums, 0, sums.length);
    return norm(sums);
  }

  /// {@return the factor of a gradient, `min(1, maxNorm / (norm + 1e-6))`}
  ///
  /// @param maxNorm above 0; infinite: no clipping
  /// @throws IllegalArgumentException if the norm is not finite or maxNorm not above 0
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
