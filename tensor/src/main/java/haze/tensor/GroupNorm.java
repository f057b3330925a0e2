package haze.tensor;

import haze.tensor.kernel.GroupNormKernel;
import haze.tensor.kernel.Vectors;

/// Group normalisation (Wu and He 2018), alone or followed by SiLU in the same pass.
///
/// The channels of an image are cut into groups. Each group, over all its pixels, is brought to
/// mean 0 and variance 1; then every channel is scaled and shifted:
///
/// ```
/// xhat = (x - mean) / sqrt(variance + eps)    mean, variance over (pixels x channels of the group)
/// y = gamma[c] * xhat + beta[c]               and y * sigmoid(y) if silu
/// ```
///
/// The variance is the biased one, divided by the number of elements. The allocator gives the
/// results' memory and lends scratch memory.
///
/// @param groups number of groups, divides the number of channels
/// @param eps added to the variance
/// @param silu whether SiLU follows
public record GroupNorm(int groups, float eps, boolean silu) {

  /// The result, and per image and group what the backward pass needs.
  ///
  /// @param y the normalised images, of x's shape
  /// @param mean `[n, groups]`
  /// @param reciprocalDeviation `1 / sqrt(variance + eps)`, `[n, groups]`
  public record Result(Tensor y, Tensor mean, Tensor reciprocalDeviation) {}

  /// The normalised images, and the statistics for [#backward].
  ///
  /// @param x images `[n, ..., c]`
  /// @param gamma `[c]`
  /// @param beta `[c]`
  /// @throws IllegalArgumentException if shapes do not fit or the groups do not divide the channels
  public Result forward(Allocator allocator, Tensor x, Tensor gamma, Tensor beta) {
    try (Work work = new Work(allocator, x, gamma)) {
      requireChannels("beta", beta, work.channels);
      Shape statistics = Shape.of(x.dim(0), groups);
      Result result =
          new Result(
              allocator.allocate(x.shape()),
              allocator.allocate(statistics),
              allocator.allocate(statistics));
      for (int image = 0; image < x.dim(0); image++) {
        int at = work.load(image);
        work.sums(at);
        statistics(work, at, image, result);
        apply(work, at, image, gamma, beta, result, result.y);
      }
      return result;
    }
  }

  /// {@return the normalised images once more, the same bits, from their statistics}
  ///
  /// @param result what [#forward] returned for x, gamma and beta; its y is not read
  public Tensor apply(Allocator allocator, Tensor x, Tensor gamma, Tensor beta, Result result) {
    try (Work work = new Work(allocator, x, gamma)) {
      requireChannels("beta", beta, work.channels);
      Tensor y = allocator.allocate(x.shape());
      for (int image = 0; image < x.dim(0); image++) {
        apply(work, work.load(image), image, gamma, beta, result, y);
      }
      return y;
    }
  }

  /// Normalises an image that [Work#load] has made available at `at`.
  private void apply(
      Work work, int at, int image, Tensor gamma, Tensor beta, Result result, Tensor y) {
    work.coefficients(image, result, gamma, beta);
    boolean whole = work.wide == work.channels;
    int to = y.offset() + image * work.length;
    GroupNormKernel.apply(
        work.pixels * work.wide,
        work.period,
        work.x,
        at,
        work.mean,
        work.scale,
        work.shift,
        silu,
        whole ? y.data() : work.x,
        whole ? to : at);
    if (!whole) {
      Vectors.unpad(work.pixels, work.channels, work.wide, work.x, at, y.data(), to);
    }
  }

  /// Mean and deviation of each group from the sums of its channels, each relative to the channel's
  /// first pixel.
  private void statistics(Work work, int at, int image, Result result) {
    int width = work.channels / groups;
    double reciprocalPixels = 1.0 / work.pixels;
    double reciprocalCount = reciprocalPixels / width;
    for (int g = 0; g < groups; g++) {
      double mean = 0;
      for (int c = g * width; c < (g + 1) * width; c++) {
        mean += work.x[at + c] + work.a[c] * reciprocalPixels;
      }
      mean /= width;
      double squares = 0;
      for (int c = g * width; c < (g + 1) * width; c++) {
        double channelMean = work.a[c] * reciprocalPixels;
        double offset = work.x[at + c] + channelMean - mean;
        squares += work.b[c] - work.a[c] * channelMean + work.pixels * offset * offset;
      }
      double variance = Math.max(squares, 0) * reciprocalCount;
      int to = image * groups + g;
      result.mean.data()[result.mean.offset() + to] = (float) mean;
      result.reciprocalDeviation.data()[result.reciprocalDeviation.offset() + to] =
          (float) (1 / Math.sqrt(variance + eps));
    }
  }

  /// The gradient of x; those of gamma and beta are added to `dGamma` and `dBeta`.
  ///
  /// With `dz` the gradient before SiLU, m the number of elements of a group, and r the reciprocal
  /// deviation:
  ///
  /// ```
  /// dgamma[c] = sum of dz xhat        dbeta[c] = sum of dz
  /// dx = r (gamma dz - (sum over the group of gamma dz) / m
  ///         - xhat (sum over the group of gamma dz xhat) / m)
  /// ```
  ///
  /// @param result what [#forward] returned for x, gamma and beta; its y is not read
  /// @param dy gradient of y
  /// @throws IllegalArgumentException if shapes do not fit
  public Tensor backward(
      Allocator allocator,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Result result,
      Tensor dy,
      Tensor dGamma,
      Tensor dBeta) {
    Tensor dx = allocator.allocate(x.shape());
    backwardInto(allocator, x, gamma, beta, result, dy, dGamma, dBeta, dx, false);
    return dx;
  }

  /// As [#backward], but the gradient of x is written to `dx`, or added to it if `accumulate`. `dx`
  /// has x's shape and may be `dy` itself.
  public void backwardInto(
      Allocator allocator,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Result result,
      Tensor dy,
      Tensor dGamma,
      Tensor dBeta,
      Tensor dx,
      boolean accumulate) {
    Elementwise.requireSame("group norm", x, dy);
    Elementwise.requireSame("group norm", x, dx);
    int channels = x.dim(-1);
    requireChannels("beta", beta, channels);
    requireChannels("gradient of gamma", dGamma, channels);
    requireChannels("gradient of beta", dBeta, channels);
    try (Work work = new Work(allocator, x, gamma);
        Work gradient = new Work(allocator, dy, gamma)) {
      boolean whole = work.wide == work.channels;
      int size = work.pixels * work.wide;
      // Where dx is overwritten, dz is kept in dx: its memory is then fetched in the first pass,
      // which computes much, and no third array has to stay in the second-level cache.
      boolean inPlace = whole && !accumulate;
      float[] dz = inPlace ? dx.data() : whole ? allocator.borrow(size) : gradient.x;
      for (int image = 0; image < x.dim(0); image++) {
        int at = work.load(image);
        int gradientAt = gradient.load(image);
        int to = dx.offset() + image * work.length;
        int dz0 = inPlace ? to : 0;
        work.coefficients(image, result, gamma, beta);
        work.clearSums();
        GroupNormKernel.backwardSums(
            size,
            work.period,
            work.x,
            at,
            gradient.x,
            gradientAt,
            work.mean,
            work.scale,
            work.shift,
            silu,
            dz,
            dz0,
            work.a,
            work.b);
        work.foldSums();
        backwardCoefficients(work, gradient, image, result, gamma, dGamma, dBeta);
        GroupNormKernel.backwardApply(
            size,
            work.period,
            work.x,
            at,
            work.mean,
            gradient.scale,
            gradient.shift,
            gradient.mean,
            dz,
            dz0,
            whole ? dx.data() : dz,
            whole ? to : 0,
            whole && accumulate);
        if (!whole && accumulate) {
          addUnpadded(work, dz, dx.data(), to);
        } else if (!whole) {
          Vectors.unpad(work.pixels, work.channels, work.wide, dz, 0, dx.data(), to);
        }
      }
      if (whole && accumulate) {
        allocator.giveBack(dz);
      }
    }
  }

  private static void addUnpadded(Work work, float[] padded, float[] target, int to) {
    for (int p = 0; p < work.pixels; p++) {
      for (int c = 0; c < work.channels; c++) {
        target[to + p * work.channels + c] += padded[p * work.wide + c];
      }
    }
  }

  /// Adds to dgamma and dbeta, and writes the coefficients perDz, perX and constant of
  /// [GroupNormKernel#backwardApply] into `gradient`'s scale, shift and mean.
  private void backwardCoefficients(
      Work work,
      Work gradient,
      int image,
      Result result,
      Tensor gamma,
      Tensor dGamma,
      Tensor dBeta) {
    int width = work.channels / groups;
    double count = (double) work.pixels * width;
    for (int g = 0; g < groups; g++) {
      double r =
          result
              .reciprocalDeviation
              .data()[result.reciprocalDeviation.offset() + image * groups + g];
      double sum = 0;
      double sumWithXhat = 0;
      for (int c = g * width; c < (g + 1) * width; c++) {
        float factor = gamma.data()[gamma.offset() + c];
        double withXhat = work.b[c] * r;
        dBeta.data()[dBeta.offset() + c] += work.a[c];
        dGamma.data()[dGamma.offset() + c] += (float) withXhat;
        sum += factor * work.a[c];
        sumWithXhat += factor * withXhat;
      }
      float perX = (float) (-r * r * sumWithXhat / count);
      float constant = (float) (-r * sum / count);
      for (int c = g * width; c < (g + 1) * width; c++) {
        gradient.scale[c] = (float) (r * gamma.data()[gamma.offset() + c]);
        gradient.shift[c] = perX;
        gradient.mean[c] = constant;
      }
    }
    gradient.repeatCoefficients();
  }

  private static void requireChannels(String name, Tensor x, int channels) {
    if (x.shape().rank() != 1 || x.dim(0) != channels) {
      throw new IllegalArgumentException(
          "group norm: " + name + " " + x.shape() + " for " + channels + " channels");
    }
  }

  /// Borrowed memory for one call: the coefficients and, where the channels are not whole vectors,
  /// a copy of the current image with channels of zeros added.
  private final class Work implements AutoCloseable {
    final Allocator allocator;
    final Tensor source;
    final int channels;
    final int wide;
    final int pixels;
    final int length;
    final int period;
    final float[] x;
    final float[] mean;
    final float[] scale;
    final float[] shift;
    final float[] a;
    final float[] b;

    Work(Allocator allocator, Tensor source, Tensor gamma) {
      if (source.shape().rank() < 2
          || groups < 1
          || source.dim(-1) < groups
          || source.dim(-1) % groups != 0) {
        throw new IllegalArgumentException(
            "group norm: " + groups + " groups do not divide the channels of " + source.shape());
      }
      this.allocator = allocator;
      this.source = source;
      channels = source.dim(-1);
      requireChannels("gamma", gamma, channels);
      wide = Vectors.padded(channels);
      length = source.shape().count(1, source.shape().rank());
      pixels = length / channels;
      period = GroupNormKernel.period(pixels, wide);
      x = wide == channels ? source.data() : allocator.borrow(pixels * wide);
      mean = coefficient();
      scale = coefficient();
      shift = coefficient();
      a = coefficient();
      b = coefficient();
    }

    private float[] coefficient() {
      float[] array = allocator.borrow(period);
      java.util.Arrays.fill(array, channels, wide, 0);
      return array;
    }

    /// Makes an image available in [#x].
    ///
    /// @return where it starts
    int load(int image) {
      int at = source.offset() + image * length;
      if (wide == channels) {
        return at;
      }
      Vectors.pad(pixels, channels, wide, source.data(), at, x, 0);
      return 0;
    }

    /// Sums every channel of an image into [#a], relative to the first pixel, and the squares into
    /// [#b].
    void sums(int at) {
      System.arraycopy(x, at, mean, 0, wide);
      GroupNormKernel.repeat(period, wide, mean);
      clearSums();
      GroupNormKernel.sums(pixels * wide, period, x, at, mean, a, b);
      foldSums();
    }

    void clearSums() {
      java.util.Arrays.fill(a, 0, period, 0);
      java.util.Arrays.fill(b, 0, period, 0);
    }

    void foldSums() {
      GroupNormKernel.fold(period, wide, a);
      GroupNormKernel.fold(period, wide, b);
    }

    void repeatCoefficients() {
      GroupNormKernel.repeat(period, wide, mean);
      GroupNormKernel.repeat(period, wide, scale);
      GroupNormKernel.repeat(period, wide, shift);
    }

    void coefficients(int image, Result result, Tensor gamma, Tensor beta) {
      System.arraycopy(beta.data(), beta.offset(), shift, 0, channels);
      int width = channels / groups;
      for (int g = 0; g < groups; g++) {
        int from = image * groups + g;
        float m = result.mean.data()[result.mean.offset() + from];
        float r = result.reciprocalDeviation.data()[result.reciprocalDeviation.offset() + from];
        for (int c = g * width; c < (g + 1) * width; c++) {
          mean[c] = m;
          scale[c] = gamma.data()[gamma.offset() + c] * r;
        }
      }
      repeatCoefficients();
    }

    @Override
    public void close() {
      if (wide != channels) {
        allocator.giveBack(x);
      }
      allocator.giveBack(mean);
      allocator.giveBack(scale);
      allocator.giveBack(shift);
      allocator.giveBack(a);
      allocator.giveBack(b);
    }
  }
}
