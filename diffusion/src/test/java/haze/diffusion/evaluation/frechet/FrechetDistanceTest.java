package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
  private static double[] gaussian(int n, Random random) {
    return random.doubles(n).map(_ -> random.nextGaussian()).toArray();
  }

  /// The covariance that has given variances along the axes of a rotated frame.
  private static double[][] covariance(double[][] frame, double[] variances) {
    int n = variances.length;
    double[][] c = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          c[i][j] += frame[i][k] * variances[k] * frame[j][k];
        }
      }
    }
    return c;
  }

  private static double[][] identity(int n) {
    double[][] identity = new double[n][n];
    for (int i = 0; i < n; i++) {
      identity[i][i] = 1;
    }
    return identity;
  }

  private static double[][] rotation(int n, Random random) {
    return SymmetricEigen.of(SymmetricEigenTest.symmetric(n, random)).vectors();
  }

  private static double[] turned(double[][] frame, double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += frame[i][j] * x[j];
      }
    }
    return y;
  }

  private static MultivariateNormal distribution(double mean, double deviation) {
    return new MultivariateNormal(new double[] {mean}, new double[][] {{deviation * deviation}});
  }

  @Test
  void inOneDimensionItIsThatOfMeansAndDeviations() {
    assertEquals(
        2 * 2 + 3 * 3, FrechetDistance.between(distribution(1, 5), distribution(3, 2)), 1e-13);
    assertEquals(25, FrechetDistance.between(distribution(0, 5), distribution(0, 0)), 1e-13);
  }

  /// `|m1 - m2|^2 + sum of (s1 - s2)^2` where the covariances have the same axes.
  @Property(tries = 60)
  void distributionsOfTheSameAxesDifferByTheirDeviationsHoweverTheAxesLie(
      @ForAll @IntRange(min = 1, max = 12) int n, @ForAll boolean turn, @ForAll long seed) {
    var random = new Random(seed);
    double[][] frame = turn ? rotation(n, random) : identity(n);
    double[] m1 = gaussian(n, random);
    double[] m2 = gaussian(n, random);
    double[] v1 = random.doubles(n, 0.1, 4).toArray();
    double[] v2 = random.doubles(n, 0.1, 4).toArray();
    double expected = 0;
    for (int i = 0; i < n; i++) {
      expected += Math.pow(m1[i] - m2[i], 2) + Math.pow(Math.sqrt(v1[i]) - Math.sqrt(v2[i]), 2);
    }
    assertEquals(
        expected,
        FrechetDistance.between(
            new MultivariateNormal(turned(frame, m1), covariance(frame, v1)),
            new MultivariateNormal(turned(frame, m2), covariance(frame, v2))),
        1e-12 * (1 + expected));
  }

  @Property(tries = 60)
  void itIsSymmetricAndNothingForEqualDistributions(
      @ForAll @IntRange(min = 1, max = 12) int n, @ForAll long seed) {
    var random = new Random(seed);
    var a =
        new MultivariateNormal(
            gaussian(n, random),
            covariance(rotation(n, random), random.doubles(n, 0, 4).toArray()));
    var b =
        new MultivariateNormal(
            gaussian(n, random),
            covariance(rotation(n, random), random.doubles(n, 0, 4).toArray()));
    double distance = FrechetDistance.between(a, b);
    assertEquals(distance, FrechetDistance.between(b, a), 1e-6);
    assertEquals(0, FrechetDistance.between(a, a), 1e-12);
  }

  /// Covariances `u u^T` and `v v^T`: `tr (u u^T v v^T)^(1/2) = |u v|`, and of C and 0 it is 0.
  @Property(tries = 60)
  void distributionsWithoutExtentInMostDirections(
      @ForAll @IntRange(min = 1, max = 12) int n, @ForAll long seed) {
    var random = new Random(seed);
    double[] u = gaussian(n, random);
    double[] v = gaussian(n, random);
    double[] origin = new double[n];
    double expected = dot(u, u) + dot(v, v) - 2 * Math.abs(dot(u, v));
    assertEquals(
        expected,
        FrechetDistance.between(
            new MultivariateNormal(origin, square(u)), new MultivariateNormal(origin, square(v))),
        1e-6);
    assertEquals(
        dot(u, u),
        FrechetDistance.between(
            new MultivariateNormal(origin, square(u)),
            new MultivariateNormal(origin, new double[n][n])),
        1e-12);
    assertEquals(
        0,
        FrechetDistance.between(
            new MultivariateNormal(origin, square(u)), new MultivariateNormal(origin, square(u))),
        1e-12);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[][] square(double[] u) {
    double[][] square = new double[u.length][u.length];
    for (int i = 0; i < u.length; i++) {
      for (int j = 0; j < u.length; j++) {
        square[i][j] = u[i] * u[j];
      }
    }
    return square;
  }

  /// `sin(1 + k i (j + 1) + j / 2) (1 + j) + k j`.
  private static Tensor points(int n, int d, double k) {
    Tensor points = Tensor.zeros(n, d);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < d; j++) {
        points.set((float) (Math.sin(1 + k * i * (j + 1) + 0.5 * j) * (1 + j) + k * j), i, j);
      }
    }
    return points;
  }

  /// With NumPy 2.4.6 and SciPy 1.17.1: `linalg.sqrtm(cov(a.T) @ cov(b.T))`.
  @Test
  void itIsWhatScipyComputesOfTheSamePoints() {
    assertEquals(
        5.66548090445803, FrechetDistance.between(points(20, 4, 0.7), points(30, 4, 1.3)), 1e-6);
  }

  @Test
  void aDistributionHasTheMeanAndTheCovariancesOfThePoints() {
    MultivariateNormal distribution =
        MultivariateNormal.fit(Tensor.of(Shape.of(3, 2), 1, 2, 3, 2, 5, 8));
    assertArrayEquals(new double[] {3, 4}, distribution.mean(), 1e-15);
    assertArrayEquals(new double[] {4, 6}, distribution.covariance()[0], 1e-15);
    assertArrayEquals(new double[] {6, 12}, distribution.covariance()[1], 1e-15);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Tensor two = Tensor.zeros(5, 2);
    assertRefused(
        "Frechet distance: points [5, 2] and [5, 3], expected [n, dimensions] of as many"
            + " dimensions",
        two,
        Tensor.zeros(5, 3));
    assertRefused(
        "normal distribution: [1, 2], expected at least 2 points", two, Tensor.zeros(1, 2));
    assertRefused(
        "normal distribution: point 1 of [2, 2] has coordinate NaN",
        two,
        Tensor.of(Shape.of(2, 2), 0, 0, 0, Float.NaN));
  }

  private static void assertRefused(String message, Tensor a, Tensor b) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> FrechetDistance.between(a, b))
            .getMessage());
  }
}
