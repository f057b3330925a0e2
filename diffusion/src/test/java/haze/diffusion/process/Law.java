package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Tensor;

/// Tests draws against the normal law that they should have.
public final class Law {
  /// A normal variable is further than this many standard deviations from its mean once in a million.
  private static final double ONE_IN_A_MILLION = 4.89;

  private Law() {}

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
    assertEquals(variance, squares / n, ONE_IN_A_MILLION * variance * Math.sqrt(2.0 / n),
        "variance");
  }
}
