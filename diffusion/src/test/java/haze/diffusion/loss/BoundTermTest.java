package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.GradientCheck;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.GoldenFiles;
import haze.diffusion.process.DiscretizedGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BoundTermTest {
  private static final Map<String, Tensor> PIECES = GoldenFiles.tensors("bound/pieces");
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(100);
  private static final int[] TIMESTEPS = {1, 2, 3, 40, 100};
  private static final Shape IMAGES = Shape.of(5, 2, 3, 2);

  /// As torch differentiates it, in float32; see DiagonalGaussianTest for the tolerance.
  @Test
  void theDivergenceHasTheGradientsOfImprovedDiffusion() {
    for (int i = 0; i < PIECES.get("normal_kl.out").size(); i++) {
      double logPosterior = PIECES.get("normal_kl.logvar1").get(i);
      double logVariance = PIECES.get("normal_kl.logvar2").get(i);
      double difference =
          (double) PIECES.get("normal_kl.mean1").get(i) - PIECES.get("normal_kl.mean2").get(i);
      BoundTerm.Element element = BoundTerm.divergence(difference, logPosterior, logVariance);
      double scale =
          1
              + Math.exp(logPosterior - logVariance) * (1 + Math.abs(logPosterior - logVariance))
              + (1 + difference * difference)
                  * Math.exp(-logVariance)
                  * (1 + Math.abs(logVariance));
      double rounding = 8 * 0x1p-24 * scale;
      assertEquals(
          PIECES.get("normal_kl.out").get(i),
          element.nats(),
          rounding + 0x1p-22 * Math.abs(logPosterior - logVariance));
      assertEquals(PIECES.get("normal_kl.grad_mean2").get(i), element.byMean(), rounding);
      assertEquals(PIECES.get("normal_kl.grad_logvar2").get(i), element.byLogVariance(), rounding);
    }
  }

  /// Two probabilities close to 1 are subtracted there in float32: what is left of the difference P
  /// has an error of some 2^-23 / P, and so have the gradients, which divide by P.
  @Test
  void theGreyLevelsHaveTheGradientsOfImprovedDiffusion() {
    Tensor x = PIECES.get("dgll.x");
    int compared = 0;
    for (int i = 0; i < x.dim(0); i++) {
      for (int j = 0; j < x.dim(1); j++) {
        double mean = PIECES.get("dgll.means").get(i, j);
        double logScale = PIECES.get("dgll.log_scales").get(i, j);
        DiscretizedGaussian.Slope slope =
            DiscretizedGaussian.TANH.slope(mean, logScale, x.get(i, j));
        double probability =
            Math.exp(DiscretizedGaussian.TANH.logProbability(mean, logScale, x.get(i, j)));
        double rounding = 0x1p-21 / probability;
        String where = i + ", " + j;
        if (PIECES.get("dgll.log_probs_f64").get(i, j) < Math.log(1.0001e-12)) {
          // Held at the least probability, in float64 and therefore in float32: no gradient.
          assertEquals(0, slope.mean(), where);
          assertEquals(0, slope.logScale(), where);
          compared++;
          continue;
        }
        if (rounding > .1) {
          continue;
        }
        compared++;
        double precision = Math.exp(-logScale);
        assertEquals(
            PIECES.get("dgll.grad_means").get(i, j),
            slope.mean(),
            rounding * precision * (1 + Math.abs(slope.mean())),
            where);
        assertEquals(
            PIECES.get("dgll.grad_log_scales").get(i, j),
            slope.logScale(),
            rounding * (1 + precision) * (1 + Math.abs(slope.logScale())),
            where);
      }
    }
    assertTrue(compared > x.size() / 2, compared + " of " + x.size());
  }

  @Property(tries = 60)
  void itIsTheTermThatIsMeasured(
      @ForAll Prediction prediction, @ForAll ReverseVariance variance, @ForAll int seed) {
    Case c = new Case(prediction, variance, seed);
    Tensor terms = c.apply(Tape.off(new BufferPool()), c.output, false).value();
    assertEquals(Shape.of(5, 1, 1, 1), terms.shape());
    for (int i = 0; i < TIMESTEPS.length; i++) {
      double expected = c.measured(i, c.output.at(i).toDoubles());
      assertEquals(expected, terms.data()[terms.offset() + i], Math.abs(expected) * 0x1p-23);
    }
  }

  /// The gradient of every element of the output, against differences of what is measured, in
  /// double.
  @Property(tries = 30)
  void itsGradientIsTheSlopeOfWhatIsMeasured(
      @ForAll Prediction prediction, @ForAll ReverseVariance variance, @ForAll int seed) {
    Case c = new Case(prediction, variance, seed);
    Tensor gradient = c.gradient(false);
    for (int i = 0; i < TIMESTEPS.length; i++) {
      double[] output = c.output.at(i).toDoubles();
      double[] slopes = gradient.at(i).toDoubles();
      double largest = 0;
      for (double slope : slopes) {
        largest = Math.max(largest, Math.abs(slope));
      }
      for (int j = 0; j < output.length; j++) {
        double h = 1e-5;
        double at = output[j];
        output[j] = at + h;
        double above = c.measured(i, output);
        output[j] = at - h;
        double below = c.measured(i, output);
        output[j] = at;
        assertEquals(
            (above - below) / (2 * h),
            slopes[j],
            1e-5 * largest + 1e-9,
            "t = " + TIMESTEPS[i] + ", element " + j);
      }
    }
  }

  @Property(tries = 20)
  void detachedFromTheMeanItTeachesTheVarianceOnly(
      @ForAll Prediction prediction, @ForAll int seed) {
    Case c = new Case(prediction, ReverseVariance.LEARNED_RANGE, seed);
    Tensor whole = c.gradient(false);
    Tensor detached = c.gradient(true);
    assertEquals(whole.shape(), detached.shape());
    for (int j = 0; j < whole.size(); j++) {
      // Two channels of the prediction, two of the variance.
      assertEquals(j % 4 < 2 ? 0 : whole.data()[j], detached.data()[j], 0);
    }
  }

  /// In even steps of the log-SNR every term is the same factor times the squared error of epsilon,
  /// which is L_simple: exactly `(e^d - 1) / 2` with the posterior's variance, and `d / 2` in the
  /// limit.
  @Test
  void inEvenStepsOfLogSnrTheBoundIsTheSquaredErrorOfEpsilon() {
    int timesteps = 1000;
    NoiseSchedule schedule = NoiseSchedule.logSnr(timesteps);
    double step = 20.3 / (timesteps - 1);
    int[] t = {2, 10, 300, 700, 1000};
    Case c = new Case(Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 3);
    var simple = new SimpleLoss(schedule, Prediction.EPSILON);
    Objective.Noised images = simple.noise(Allocator.HEAP, c.x0, c.epsilon, t);
    Tape tape = Tape.off(new BufferPool());
    Tensor error = images.losses(tape, tape.constant(c.output)).value();
    var loss = new BoundLoss(schedule, Prediction.EPSILON, ReverseVariance.FIXED_SMALL);
    Tensor bound =
        loss.noise(Allocator.HEAP, c.x0, c.epsilon, t)
            .losses(tape, tape.constant(c.output))
            .value();
    double bits = VariationalBound.bitsPerDimension(timesteps, 1);
    for (int i = 0; i < t.length; i++) {
      double ratio = bound.data()[bound.offset() + i] / error.data()[error.offset() + i];
      // What remains is the rounding of x_t to float, whose noise at t = 2 is 0.0013.
      assertEquals(bits * Math.expm1(step) / 2, ratio, ratio * 1e-3, "t = " + t[i]);
      assertEquals(bits * step / 2, ratio, ratio * 0.02, "t = " + t[i]);
    }
  }

  @Test
  void itPassesTheGradientCheck() {
    for (ReverseVariance variance : ReverseVariance.values()) {
      // Without the grey levels, whose curvature is too great for float32 differences.
      int[] t = {20, 30, 50, 40, 100};
      Case c = new Case(Prediction.V, variance, 5);
      Tensor xt = new ForwardProcess(SCHEDULE).addNoise(c.x0, c.epsilon, t);
      GradientCheck.check(
          (tape, inputs) ->
              BoundTerm.apply(
                  tape,
                  inputs.get(0),
                  c.x0,
                  xt,
                  new BoundTerm.Options(SCHEDULE, Prediction.V, variance, false),
                  t),
          c.output);
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    Case c = new Case(Prediction.V, ReverseVariance.LEARNED_RANGE, 1);
    Tensor half = Tensor.zeros(IMAGES.dims());
    assertMessage(
        "bound: output [5, 2, 3, 2] and noisy images [5, 2, 3, 2] for images"
            + " [5, 2, 3, 2], expected output [5, 2, 3, 4]",
        () -> c.apply(Tape.off(new BufferPool()), half, false));
    assertMessage(
        "bound: 1 timesteps for images [5, 2, 3, 2]",
        () ->
            BoundTerm.apply(
                Tape.off(new BufferPool()),
                Tape.off(new BufferPool()).constant(c.output),
                c.x0,
                c.xt,
                c.options(false),
                3));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  /// A batch of pictures of grey levels, and something like a network's output for it.
  private static final class Case {
    final Prediction prediction;
    final ReverseVariance variance;
    final Tensor x0;
    final Tensor epsilon;
    final Tensor xt;
    final Tensor output;

    Case(Prediction prediction, ReverseVariance variance, int seed) {
      this.prediction = prediction;
      this.variance = variance;
      x0 = new Rng(seed, 1, 0, 0).uniform(Tensor.zeros(IMAGES.dims()));
      for (int j = 0; j < x0.size(); j++) {
        x0.data()[j] = Math.round(x0.data()[j] * 255) / 127.5f - 1;
      }
      epsilon = new Rng(seed, 2, 0, 0).normal(Tensor.zeros(IMAGES.dims()));
      xt = new ForwardProcess(SCHEDULE).addNoise(x0, epsilon, TIMESTEPS);
      int channels = variance == ReverseVariance.LEARNED_RANGE ? 4 : 2;
      output = new Rng(seed, 3, 0, 0).normal(Tensor.zeros(IMAGES.with(-1, channels).dims()));
      Tensor target = prediction.target(SCHEDULE, x0, epsilon, TIMESTEPS);
      for (int j = 0; j < target.size(); j++) {
        int at = channels == 4 ? j / 2 * 4 + j % 2 : j;
        output.data()[at] = target.data()[j] + 0.1f * output.data()[at];
      }
    }

    BoundTerm.Options options(boolean meanDetached) {
      return new BoundTerm.Options(SCHEDULE, prediction, variance, meanDetached);
    }

    Variable apply(Tape tape, Tensor said, boolean meanDetached) {
      return BoundTerm.apply(tape, tape.leaf(said), x0, xt, options(meanDetached), TIMESTEPS);
    }

    Tensor gradient(boolean meanDetached) {
      Tensor gradient = Tensor.zeros(output.shape().dims());
      try (Tape tape = Tape.recording(new BufferPool())) {
        tape.watch(output, gradient);
        tape.backward(Sum.apply(tape, apply(tape, output, meanDetached)));
      }
      return gradient;
    }

    double measured(int i, double[] said) {
      VariationalBound bound =
          new VariationalBound(new ReverseProcess(SCHEDULE, prediction, variance, 2, false));
      return VariationalBound.bitsPerDimension(
          bound.term(TIMESTEPS[i], x0.at(i).toDoubles(), xt.at(i).toDoubles(), said), 12);
    }
  }
}
