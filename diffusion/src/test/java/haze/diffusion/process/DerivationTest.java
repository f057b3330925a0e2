package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Rng;
import org.junit.jupiter.api.Test;

/// The derivation of the bound, line by line, in numbers (Ho et al. 2020, appendix A): on data
/// whose distribution is known, by chains drawn one after the other.
///
/// ```
/// -ln p(x_0) <= E_q[ ln q(x_1..x_T | x_0) - ln p(x_0..x_T) ]                     first line
///             = E_q[ sum over t of  ln q(x_t | x_{t-1}) - ln p(x_{t-1} | x_t) ] - E_q[ ln p(x_T) ]
///             = KL(q(x_T | x_0) || p(x_T))
///               + sum over t > 1 of  E_q[ KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)) ]
///               - E_q[ ln p(x_0 | x_1) ]                                         last line
/// ```
///
/// Data is a density here, not grey levels, so the last term is a log-density. Expectations are
/// means over chains, whose standard error is measured; equality is tested to four of them, which
/// fails by chance once in 16,000 seeds, and the seed is fixed.
class DerivationTest {
  private static final int CHAINS = 20_000;
  private static final double STANDARD_ERRORS = 4;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(12);
  private static final int LAST = SCHEDULE.timesteps();
  private static final ForwardProcess FORWARD = new ForwardProcess(SCHEDULE);
  private static final Posterior POSTERIOR = new Posterior(SCHEDULE);

  private static final GaussianMixture NORMAL_DATA =
      GaussianMixture.of(
          new DiagonalGaussian(new double[] {.5, -1}, new double[] {Math.log(.3), Math.log(2)}));
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {.3, .7},
          new DiagonalGaussian(new double[] {-1, 0}, new double[] {Math.log(.05), Math.log(.2)}),
          new DiagonalGaussian(new double[] {.7, .4}, new double[] {Math.log(.1), Math.log(.05)}));

  /// A chain from noise to data: any whose steps are normal.
  private interface Reverse {
    DiagonalGaussian end();

    DiagonalGaussian step(int t, double[] xt);
  }

  /// The exact reverse of normal data: by Bayes' rule `q(x_{t-1} | x_t)` is normal too.
  private static final class Exact implements Reverse {
    @Override
    public DiagonalGaussian end() {
      return noised(LAST);
    }

    @Override
    public DiagonalGaussian step(int t, double[] xt) {
      DiagonalGaussian before = noised(t - 1);
      DiagonalGaussian step = new DiagonalGaussian(new double[xt.length], new double[xt.length]);
      for (int i = 0; i < xt.length; i++) {
        // Of x_{t-1}: precision and mean by its distribution, and by x_t / sqrt(alpha), which is
        // beta /
        // alpha wide.
        double byMarginal = Math.exp(-before.logVariance()[i]);
        double byStep = SCHEDULE.alpha(t) / SCHEDULE.beta(t);
        step.logVariance()[i] = -Math.log(byMarginal + byStep);
        step.mean()[i] =
            (byMarginal * before.mean()[i] + byStep * xt[i] / Math.sqrt(SCHEDULE.alpha(t)))
                / (byMarginal + byStep);
      }
      return step;
    }

    private static DiagonalGaussian noised(int t) {
      return NORMAL_DATA
          .noised(Math.sqrt(SCHEDULE.alphaBar(t)), Math.sqrt(1 - SCHEDULE.alphaBar(t)))
          .component(0);
    }
  }

  /// The chain that a perfectly trained network makes, from N(0, I).
  private record Learned(GaussianMixture data, ReverseVariance variance) implements Reverse {
    @Override
    public DiagonalGaussian end() {
      return DiagonalGaussian.standard(data.dimensions());
    }

    @Override
    public DiagonalGaussian step(int t, double[] xt) {
      double[] x0 =
          data.denoise(xt, Math.sqrt(SCHEDULE.alphaBar(t)), Math.sqrt(1 - SCHEDULE.alphaBar(t)));
      return new ReverseProcess(SCHEDULE, Prediction.X0, variance, 1, false).step(t, xt, x0);
    }
  }

  /// A mean over chains and its standard error.
  private record Estimate(double mean, double error) {
    static Estimate of(double sum, double squares) {
      double mean = sum / CHAINS;
      return new Estimate(mean, Math.sqrt(Math.max(0, squares / CHAINS - mean * mean) / CHAINS));
    }
  }

  /// The first line: whole chains from `x_0`, step by step, and the ratio of their probabilities.
  private static Estimate firstLine(double[] x0, Reverse reverse) {
    double sum = 0;
    double squares = 0;
    for (int n = 0; n < CHAINS; n++) {
      double ratio = firstLine(x0, reverse, n);
      sum += ratio;
      squares += ratio * ratio;
    }
    return Estimate.of(sum, squares);
  }

  private static double firstLine(double[] x0, Reverse reverse, int chain) {
    double ratio = 0;
    double[] x = x0;
    for (int t = 1; t <= LAST; t++) {
      DiagonalGaussian forward = FORWARD.transition(x, t);
      double[] next = forward.sample(new Rng(1, 0, t, chain));
      ratio += forward.logDensity(next) - reverse.step(t, next).logDensity(x);
      x = next;
    }
    return ratio - reverse.end().logDensity(x);
  }

  /// The last line: every `x_t` drawn given `x_0`, and divergences in closed form.
  private static Estimate lastLine(double[] x0, Reverse reverse) {
    double end = FORWARD.distribution(x0, LAST).kl(reverse.end());
    double sum = 0;
    double squares = 0;
    for (int n = 0; n < CHAINS; n++) {
      double bound = end;
      for (int t = 1; t <= LAST; t++) {
        double[] xt = FORWARD.distribution(x0, t).sample(new Rng(2, 0, t, n));
        bound +=
            t == 1
                ? -reverse.step(1, xt).logDensity(x0)
                : POSTERIOR.distribution(x0, xt, t).kl(reverse.step(t, xt));
      }
      sum += bound;
      squares += bound * bound;
    }
    return Estimate.of(sum, squares);
  }

  @Test
  void firstAndLastLineAgreeAndBoundTheTruth() {
    for (GaussianMixture data : new GaussianMixture[] {NORMAL_DATA, MIXTURE}) {
      for (ReverseVariance variance :
          new ReverseVariance[] {ReverseVariance.FIXED_SMALL, ReverseVariance.FIXED_LARGE}) {
        for (int point = 0; point < 2; point++) {
          double[] x0 = data.sample(new Rng(3, 0, 0, point));
          Reverse reverse = new Learned(data, variance);
          Estimate first = firstLine(x0, reverse);
          Estimate last = lastLine(x0, reverse);
          String what = variance + ": " + first + ", " + last + ", truth " + -data.logDensity(x0);
          double error = Math.hypot(first.error(), last.error());
          assertEquals(first.mean(), last.mean(), STANDARD_ERRORS * error, what);
          assertTrue(error < .05 * Math.max(1, Math.abs(last.mean())), what);
          assertTrue(last.mean() > -data.logDensity(x0) - STANDARD_ERRORS * last.error(), what);
        }
      }
    }
  }

  /// With the exact reverse process the bound is no bound but the truth, for every chain and not
  /// only on average: `q(x_1..x_T | x_0) / q(x_0..x_T) = 1 / q(x_0)`.
  @Test
  void theExactReverseProcessMakesTheBoundAnEquality() {
    Reverse exact = new Exact();
    for (int point = 0; point < 3; point++) {
      double[] x0 = NORMAL_DATA.sample(new Rng(3, 0, 0, point));
      double truth = -NORMAL_DATA.logDensity(x0);
      for (int chain = 0; chain < 50; chain++) {
        assertEquals(truth, firstLine(x0, exact, chain), 1e-9);
      }
      Estimate last = lastLine(x0, exact);
      assertEquals(truth, last.mean(), STANDARD_ERRORS * last.error());
      assertTrue(last.error() < .02, last.toString());
    }
  }

  /// A worse model has a worse bound: here one that knows of the other component only.
  @Test
  void aModelOfOtherDataHasAHigherBound() {
    GaussianMixture other = GaussianMixture.of(MIXTURE.component(0));
    double[] x0 = MIXTURE.component(1).mean();
    Estimate right = lastLine(x0, new Learned(MIXTURE, ReverseVariance.FIXED_SMALL));
    Estimate wrong = lastLine(x0, new Learned(other, ReverseVariance.FIXED_SMALL));
    assertTrue(wrong.mean() > right.mean() + 1, right + ", " + wrong);
  }

  /// The mean of the bound over the data is at best the data's entropy, `ln(2 pi e v) / 2` for each
  /// dimension: no code is shorter.
  @Test
  void theExactReverseProcessReachesTheEntropyOfTheData() {
    double entropy = Math.log(2 * Math.PI * Math.E) + .5 * (Math.log(.3) + Math.log(2));
    double sum = 0;
    double squares = 0;
    for (int n = 0; n < CHAINS; n++) {
      double nats = firstLine(NORMAL_DATA.sample(new Rng(4, 0, 0, n)), new Exact(), n);
      sum += nats;
      squares += nats * nats;
    }
    Estimate estimate = Estimate.of(sum, squares);
    assertEquals(entropy, estimate.mean(), STANDARD_ERRORS * estimate.error());
    assertTrue(estimate.error() < .01);
  }
}
