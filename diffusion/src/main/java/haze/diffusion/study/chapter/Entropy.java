package haze.diffusion.study.chapter;

import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// Entropies and distances of distributions of one number, in nats, by integration.
final class Entropy {
  /// Beyond so many standard deviations a normal distribution has no weight in double.
  static final double RANGE = 8.5;

  private static final int POINTS = 100;

  private Entropy() {}

  /// {@return the mean of `-ln p(x)` over draws x from the mixture p itself}
  static double of(GaussianMixture p) {
    return -mean(p, x -> p.logDensity(new double[] {x}));
  }

  /// {@return the mean of a function over a mixture}
  ///
  /// Each component is integrated by itself, so that none is missed, however narrow it is.
  static double mean(GaussianMixture p, DoubleUnaryOperator f) {
    return IntStream.range(0, p.size())
        .mapToDouble(k -> p.weight(k) * mean(p.component(k), f))
        .sum();
  }

  private static double mean(DiagonalGaussian normal, DoubleUnaryOperator f) {
    double deviation = StrictMath.exp(0.5 * normal.logVariance()[0]);
    double step = 2 * RANGE / POINTS;
    double sum = 0;
    for (int i = 0; i <= POINTS; i++) {
      double z = i * step - RANGE;
      double density = StrictMath.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      sum += step * density * f.applyAsDouble(normal.mean()[0] + deviation * z);
    }
    return sum;
  }

  /// {@return the least divergence of a mixture from a normal distribution, that from
  /// [GaussianMixture#nearestNormal]}
  ///
  /// The mean of `-ln normal` is the normal distribution's own entropy, because it depends on mean
  /// and variance alone, which both have in common. So the divergence is a difference of entropies.
  static double belowNormal(GaussianMixture p) {
    double variance = StrictMath.exp(p.nearestNormal().logVariance()[0]);
    return 0.5 * StrictMath.log(2 * Math.PI * Math.E * variance) - of(p);
  }
}
