package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiscretizedGaussianTest {
  private static final Map<String, Tensor> PIECES = GoldenFiles.tensors("bound/pieces");

  @Test
  void theLogLikelihoodIsThatOfImprovedDiffusion() {
    Tensor expected = PIECES.get("dgll.log_probs_f64");
    for (int i = 0; i < expected.dim(0); i++) {
      for (int j = 0; j < expected.dim(1); j++) {
        assertEquals(
            expected.get(i, j),
            DiscretizedGaussian.TANH.logProbability(
                PIECES.get("dgll.means").get(i, j),
                PIECES.get("dgll.log_scales").get(i, j),
                PIECES.get("dgll.x").get(i, j)),
            1e-5 * Math.abs(expected.get(i, j)),
            i + ", " + j);
      }
    }
  }

  @Test
  void theApproximateDistributionFunctionIsThatOfImprovedDiffusion() {
    Tensor x = PIECES.get("approx_standard_normal_cdf.x");
    for (int i = 0; i < x.size(); i++) {
      assertEquals(
          PIECES.get("approx_standard_normal_cdf.out").get(i),
          StandardNormal.tanhCdf(x.get(i)),
          0x1p-23);
    }
  }

  /// Values of a C library's erfc.
  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "0.5, 0.6914624612740131",
    "1, 0.8413447460685429",
    "6, 0.9999999990134123",
    "-1, 0.15865525393145707",
    "-2.999, 0.0013543365337271066",
    "-3.001, 0.0013454728250849683",
    "-5, 2.866515718791946e-07",
    "-10, 7.619853024160593e-24",
    "-30, 4.906713927148764e-198"
  })
  void theDistributionFunctionHasItsPublishedValues(double x, double expected) {
    assertEquals(expected, StandardNormal.cdf(x), 1e-11 * expected);
  }

  @Property
  void theApproximationIsWithinItsStatedError(@ForAll @DoubleRange(min = -8, max = 8) double x) {
    assertEquals(StandardNormal.cdf(x), StandardNormal.tanhCdf(x), 2e-4);
    assertEquals(1, StandardNormal.cdf(x) + StandardNormal.cdf(-x), 1e-15);
    double h = 1e-4;
    assertEquals(
        StandardNormal.density(x),
        (StandardNormal.cdf(x + h) - StandardNormal.cdf(x - h)) / (2 * h),
        1e-8);
  }

  @Property
  void theProbabilitiesOfAllLevelsAddUpToOne(
      @ForAll DiscretizedGaussian levels,
      @ForAll @DoubleRange(min = -1.5, max = 1.5) double mean,
      @ForAll @DoubleRange(min = -6, max = 1) double logScale) {
    double sum = 0;
    for (int k = 0; k < DiscretizedGaussian.LEVELS; k++) {
      sum += Math.exp(levels.logProbability(mean, logScale, 2 * k / 255.0 - 1));
    }
    // Impossible levels count 1e-12 each.
    assertEquals(1, sum, 256 * 1e-12 + 1e-13);
  }

  /// Where the distribution is wide, a level's probability is the density times the distance of
  /// levels.
  @Property
  void aWideDistributionGivesDensityTimesWidth(
      @ForAll @DoubleRange(min = -.5, max = .5) double mean,
      @ForAll @DoubleRange(min = -.5, max = .5) double x) {
    DiagonalGaussian distribution =
        new DiagonalGaussian(new double[] {mean}, new double[] {2 * Math.log(.3)});
    double level = Math.rint((x + 1) * 127.5) / 127.5 - 1;
    double density = distribution.logDensity(new double[] {level}) + Math.log(2 / 255.0);
    // The density bends: by at most (1/255)^2 / 6 times its second derivative, which is below 120
    // of it.
    assertEquals(
        density,
        DiscretizedGaussian.EXACT.logProbability(distribution, new double[] {level}),
        4e-4);
  }

  @Test
  void noElementCountsMoreThanThePixelThatIsImpossible() {
    assertEquals(
        Math.log(1e-12), DiscretizedGaussian.EXACT.logProbability(1, -6, -1 + 2 / 255.0), 0);
    assertEquals(0, DiscretizedGaussian.TANH.logProbability(-1, -9, -1), 1e-9);
    assertTrue(DiscretizedGaussian.EXACT.logProbability(5, 0, 1) > -1e-4);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertEquals(
        "grey levels: a distribution of 2 elements for a picture of 3",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    DiscretizedGaussian.EXACT.logProbability(
                        DiagonalGaussian.standard(2), new double[3]))
            .getMessage());
  }
}
