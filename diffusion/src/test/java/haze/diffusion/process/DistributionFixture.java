package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Tensor;
import java.util.Arrays;

/// Tests draws against the normal distribution that they should have.
public final class DistributionFixture {
  /// A normal variable is further than this many standard deviations from its mean once in a
  /// million.
  static final double ONE_IN_A_MILLION = 4.89;

  /// `sqrt(ln(2e6) / 2)`.
  private static final double KOLMOGOROV_ONE_IN_A_MILLION = 2.693;

  private DistributionFixture() {}

  /// Fails if the draws' mean or variance would be so far off with probability below 1e-6 each: the
  /// mean of n draws has variance `v / n`, their variance `2 v^2 / n`.
  public static void assertNormal(double mean, double variance, Tensor draws) {
    int n = draws.size();
    double sum = 0;
    for (float draw : draws.toArray()) {
      sum += draw;
    }
    double squares = 0;
    for (float draw : draws.toArray()) {
      squares += (draw - sum / n) * (draw - sum / n);
    }
    assertEquals(mean, sum / n, ONE_IN_A_MILLION * Math.sqrt(variance / n), "mean");
    assertEquals(
        variance, squares / n, ONE_IN_A_MILLION * variance * Math.sqrt(2.0 / n), "variance");
  }

  /// Fails if the draws' distribution function is further from the normal one than would happen
  /// with probability 1e-6: the test of Kolmogorov and Smirnov, by its limit for many draws,
  /// `P(sqrt(n) D > c) = 2 e^(-2 c^2)`.
  public static void assertKolmogorovSmirnov(double mean, double variance, Tensor draws) {
    float[] sorted = draws.toArray();
    Arrays.sort(sorted);
    int n = sorted.length;
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double cdf = StandardNormal.cdf((sorted[i] - mean) / Math.sqrt(variance));
      distance = Math.max(distance, Math.max(cdf - (double) i / n, (i + 1.0) / n - cdf));
    }
    assertTrue(
        Math.sqrt(n) * distance < KOLMOGOROV_ONE_IN_A_MILLION,
        "Kolmogorov-Smirnov: distance "
            + distance
            + " of "
            + n
            + " draws from N("
            + mean
            + ", "
            + variance
            + ")");
  }

  /// The same for two sets of draws: fails if they would be so different with probability 1e-6
  /// although their distribution is the same.
  public static void assertSameDistribution(Tensor one, Tensor other) {
    float[] a = one.toArray();
    float[] b = other.toArray();
    Arrays.sort(a);
    Arrays.sort(b);
    double distance = 0;
    int j = 0;
    for (int i = 0; i < a.length; i++) {
      while (j < b.length && b[j] <= a[i]) {
        j++;
      }
      distance = Math.max(distance, Math.abs((i + 1.0) / a.length - (double) j / b.length));
    }
    double scale = Math.sqrt((double) a.length * b.length / (a.length + b.length));
    assertTrue(
        scale * distance < KOLMOGOROV_ONE_IN_A_MILLION,
        "Kolmogorov-Smirnov: distance " + distance + " of two distributions");
  }
}
