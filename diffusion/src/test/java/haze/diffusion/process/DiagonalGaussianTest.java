package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;

class DiagonalGaussianTest {
  private static final Map<String, Tensor> PIECES = GoldenFiles.tensors("bound/pieces");

  /// Their sum is float32: each of its four terms, and the sum, is rounded.
  @Test
  void theDivergenceIsThatOfImprovedDiffusion() {
    Tensor expected = PIECES.get("normal_kl.out");
    for (int i = 0; i < expected.size(); i++) {
      DiagonalGaussian q = element("normal_kl.mean1", "normal_kl.logvar1", i);
      DiagonalGaussian p = element("normal_kl.mean2", "normal_kl.logvar2", i);
      double difference = q.mean()[0] - p.mean()[0];
      double terms =
          1
              + Math.abs(q.logVariance()[0])
              + Math.abs(p.logVariance()[0])
              + Math.exp(q.logVariance()[0] - p.logVariance()[0])
                  * (1 + Math.abs(q.logVariance()[0] - p.logVariance()[0]))
              + difference
                  * difference
                  * Math.exp(-p.logVariance()[0])
                  * (1 + Math.abs(p.logVariance()[0]));
      assertEquals(expected.get(i), q.kl(p), 4 * 0x1p-24 * terms, "pair " + i);
    }
  }

  private static DiagonalGaussian element(String mean, String logVariance, int i) {
    return new DiagonalGaussian(
        new double[] {PIECES.get(mean).get(i)}, new double[] {PIECES.get(logVariance).get(i)});
  }

  @Property
  void theDivergenceIsPositiveUnlessTheDistributionsAreTheSame(
      @ForAll @DoubleRange(min = -3, max = 3) double mean,
      @ForAll @DoubleRange(min = -9, max = 3) double logVariance,
      @ForAll @DoubleRange(min = .001, max = 3) @Scale(3) double by) {
    DiagonalGaussian q = new DiagonalGaussian(new double[] {mean}, new double[] {logVariance});
    assertEquals(0, q.kl(q), 0);
    assertTrue(
        q.kl(new DiagonalGaussian(new double[] {mean + by}, new double[] {logVariance})) > 0);
    assertTrue(
        q.kl(new DiagonalGaussian(new double[] {mean}, new double[] {logVariance + by})) > 0);
    assertTrue(
        q.kl(new DiagonalGaussian(new double[] {mean}, new double[] {logVariance - by})) > 0);
  }

  /// By its definition, and over several elements: the mean of `ln q - ln p` over draws from q.
  @Test
  void theDivergenceIsTheExpectedDifferenceOfLogDensities() {
    DiagonalGaussian q = new DiagonalGaussian(new double[] {.5, -1, 0}, new double[] {-1, 0, .5});
    DiagonalGaussian p = new DiagonalGaussian(new double[] {0, -1, .5}, new double[] {0, -.5, .25});
    int n = 100_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double[] x = q.sample(new Rng(3, 0, 0, i));
      double log = q.logDensity(x) - p.logDensity(x);
      sum += log;
      squares += log * log;
    }
    double error = Math.sqrt((squares / n - Math.pow(sum / n, 2)) / n);
    assertEquals(sum / n, q.kl(p), 4 * error);
    assertTrue(error < .01, "error " + error);
  }

  @Test
  void drawsHaveTheDistributionAndDependOnTheRandomNumbersAlone() {
    DiagonalGaussian distribution =
        new DiagonalGaussian(new double[] {2, -1}, new double[] {Math.log(4), Math.log(.25)});
    Tensor first = Tensor.zeros(50_000);
    Tensor second = Tensor.zeros(50_000);
    for (int i = 0; i < first.size(); i++) {
      double[] x = distribution.sample(new Rng(1, 0, 0, i));
      first.set((float) x[0], i);
      second.set((float) x[1], i);
    }
    DistributionFixture.assertNormal(2, 4, first);
    DistributionFixture.assertKolmogorovSmirnov(-1, .25, second);
    assertArrayEquals(
        distribution.sample(new Rng(1, 0, 0, 7)), distribution.sample(new Rng(1, 0, 0, 7)), 0);
  }

  @Test
  void theStandardDistributionHasItsPublishedDensity() {
    assertEquals(
        Math.log(0.3989422804014327),
        DiagonalGaussian.standard(1).logDensity(new double[] {0}),
        1e-15);
    assertEquals(
        2 * Math.log(0.24197072451914337),
        DiagonalGaussian.standard(2).logDensity(new double[] {1, -1}),
        1e-15);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertMessage(
        "normal distribution: 2 means and 1 variances",
        () -> new DiagonalGaussian(new double[2], new double[1]));
    assertMessage(
        "normal distribution: KL: dimensions differ: 2 and 3",
        () -> DiagonalGaussian.standard(2).kl(DiagonalGaussian.standard(3)));
    assertMessage(
        "normal distribution: log density: dimensions differ: 2 and 1",
        () -> DiagonalGaussian.standard(2).logDensity(new double[1]));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
