package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class GaussianMixtureTest {
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {.25, .75},
          new DiagonalGaussian(new double[] {-.8}, new double[] {Math.log(.01)}),
          new DiagonalGaussian(new double[] {.5}, new double[] {Math.log(.04)}));

  /// Bayes' rule by numbers: `E[x_0 | x]` is the integral of `x_0 p(x_0) N(x; a x_0, s^2)`, over
  /// that without the first factor, and this is the density of the noised distribution.
  @Property(tries = 200)
  void theDenoiserIsTheConditionalMean(
      @ForAll @DoubleRange(min = -3, max = 3) double x,
      @ForAll @DoubleRange(min = 0, max = 1) double a,
      @ForAll @DoubleRange(min = .2, max = 5) double s) {
    double step = 0.002;
    double density = 0;
    double moment = 0;
    for (double x0 = -4; x0 <= 4; x0 += step) {
      DiagonalGaussian noise =
          new DiagonalGaussian(new double[] {a * x0}, new double[] {2 * Math.log(s)});
      double joint =
          Math.exp(MIXTURE.logDensity(new double[] {x0}) + noise.logDensity(new double[] {x}));
      density += step * joint;
      moment += step * joint * x0;
    }
    assertEquals(moment / density, MIXTURE.denoise(new double[] {x}, a, s)[0], 1e-9);
    double noised = Math.exp(MIXTURE.noised(a, s).logDensity(new double[] {x}));
    assertEquals(density, noised, 1e-9 * noised);
  }

  /// Bayes' rule, point by point: `p(x_0 | x) p(x) = p(x_0) p(x | x_0)`.
  @Property(tries = 200)
  void thePosteriorIsThatOfBayes(
      @ForAll @DoubleRange(min = -3, max = 3) double x,
      @ForAll @DoubleRange(min = -2, max = 2) double x0,
      @ForAll @DoubleRange(min = 0, max = 1) double a,
      @ForAll @DoubleRange(min = .2, max = 5) double s) {
    DiagonalGaussian noise =
        new DiagonalGaussian(new double[] {a * x0}, new double[] {2 * Math.log(s)});
    GaussianMixture posterior = MIXTURE.posterior(new double[] {x}, a, s);
    assertEquals(
        MIXTURE.logDensity(new double[] {x0}) + noise.logDensity(new double[] {x}),
        posterior.logDensity(new double[] {x0}) + MIXTURE.noised(a, s).logDensity(new double[] {x}),
        1e-9);
    assertArrayEquals(
        MIXTURE.denoise(new double[] {x}, a, s), posterior.nearestNormal().mean(), 1e-12);
  }

  @Test
  void componentsWithoutAShareAreLeftOut() {
    GaussianMixture posterior = MIXTURE.posterior(new double[] {40}, 1, .1);
    assertEquals(1, posterior.size());
    assertEquals(1, posterior.weight(0));
    assertEquals(.5 + .8 * 39.5, posterior.component(0).mean()[0], 1e-12);
  }

  @Test
  void theNearestNormalHasMeanAndVarianceOfTheMixture() {
    // .25 and .75 of -.8 and .5: the mean is .175, the distances .975 and .325.
    DiagonalGaussian normal = MIXTURE.nearestNormal();
    assertEquals(.175, normal.mean()[0], 1e-15);
    assertEquals(
        .25 * (.01 + .975 * .975) + .75 * (.04 + .325 * .325),
        Math.exp(normal.logVariance()[0]),
        1e-14);
  }

  @Test
  void normalDataIsDenoisedByItsRegression() {
    // Var(x) = a^2 v + s^2, Cov(x_0, x) = a v.
    GaussianMixture normal =
        GaussianMixture.of(
            new DiagonalGaussian(new double[] {1, -2}, new double[] {0, Math.log(4)}));
    assertArrayEquals(
        new double[] {1 + .5 / (.25 + .5) * (3 - .5), -2 + 2 / 1.5 * (0 + 1)},
        normal.denoise(new double[] {3, 0}, .5, Math.sqrt(.5)),
        1e-14);
  }

  @Test
  void manyDimensionsFarApartDoNotOverflow() {
    double[] near = new double[1000];
    double[] far = new double[1000];
    Arrays.fill(far, 50);
    GaussianMixture mixture =
        new GaussianMixture(
            new double[] {.5, .5},
            new DiagonalGaussian(near, new double[1000]),
            new DiagonalGaussian(far, new double[1000]));
    assertArrayEquals(new double[1000], mixture.denoise(near, 1, 1), 0);
    assertEquals(
        Math.log(.5) + DiagonalGaussian.standard(1000).logDensity(near),
        mixture.logDensity(near),
        1e-9);
  }

  @Test
  void drawsHaveTheDistribution() {
    int n = 100_000;
    Tensor noised = Tensor.zeros(n);
    double low = 0;
    for (int i = 0; i < n; i++) {
      double x0 = MIXTURE.sample(new Rng(4, 0, 0, i))[0];
      low += x0 < -.3 ? 1 : 0;
      noised.set((float) x0, i);
    }
    assertEquals(.25, low / n, DistributionFixture.ONE_IN_A_MILLION * Math.sqrt(.25 * .75 / n));
    double mean = .25 * -.8 + .75 * .5;
    double variance = .25 * (.01 + .64) + .75 * (.04 + .25) - mean * mean;
    double[] draws = noised.toDoubles();
    double sum = 0;
    double squares = 0;
    for (double draw : draws) {
      sum += draw / n;
      squares += (draw - mean) * (draw - mean) / n;
    }
    assertEquals(mean, sum, DistributionFixture.ONE_IN_A_MILLION * Math.sqrt(variance / n));
    assertEquals(
        variance, squares, DistributionFixture.ONE_IN_A_MILLION * variance * Math.sqrt(2.0 / n));
  }

  @Test
  void aPerfectNetworkSaysTheSameInEveryWay() {
    NoiseSchedule schedule = NoiseSchedule.cosine(100);
    Tensor xt = Tensor.of(Shape.of(3, 1), -1.5f, .1f, .9f);
    for (int t : new int[] {1, 40, 90}) {
      double a = Math.sqrt(schedule.alphaBar(t));
      double s = Math.sqrt(1 - schedule.alphaBar(t));
      for (Prediction prediction : Prediction.values()) {
        Tensor output = MIXTURE.predict(prediction, xt, schedule.alphaBar(t));
        Tensor x0 = prediction.x0(schedule, xt, output, t);
        for (int i = 0; i < 3; i++) {
          assertEquals(
              MIXTURE.denoise(new double[] {xt.get(i, 0)}, a, s)[0], x0.get(i, 0), 8 * 0x1p-23 / a);
        }
      }
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    DiagonalGaussian one = DiagonalGaussian.standard(1);
    assertMessage(
        "gaussian mixture: [0.5, 0.6] is not a distribution of 2 components",
        () -> new GaussianMixture(new double[] {.5, .6}, one, one));
    assertMessage(
        "gaussian mixture: [1.0] is not a distribution of 2 components",
        () -> new GaussianMixture(new double[] {1}, one, one));
    assertMessage(
        "gaussian mixture: dimensions differ: 1 and 2",
        () -> new GaussianMixture(new double[] {.5, .5}, one, DiagonalGaussian.standard(2)));
    assertMessage(
        "normal distribution: log density: dimensions differ: 1 and 2",
        () -> MIXTURE.denoise(new double[2], 1, 1));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
