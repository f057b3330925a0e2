package haze.diffusion.loss;

import haze.autograd.Operation;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.DiscretizedGaussian;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One term of the variational bound for every image, in bits per dimension: what
/// [haze.diffusion.process.VariationalBound#term] measures, as an operation that can be
/// differentiated.
///
/// With the predicted x0, `x = x0FromXt x_t + x0FromOutput output`, its difference `d =
/// x0Coefficient (x_0 - x)` to the posterior's mean, the posterior's variance `vq` and the step's
/// `vp`, `r = ln(vq / vp)`, an element has in nats
///
/// ```
/// t > 1:  KL          = ( e^r - 1 - r + d^2 / vp ) / 2
///         dKL/d mean  = -d / vp,   and the step's mean is x0Coefficient x + .. x_t
///         dKL/d ln vp = ( 1 - e^r - d^2 / vp ) / 2
/// t = 1:  -ln P(x_0) under N(x, vp), [DiscretizedGaussian]
/// ```
///
/// The derivatives are computed in the forward pass, in double, where all that they need is at
/// hand. Backward multiplies them by dy. Nothing is clipped.
///
/// @param output the network's output, `[n, h, w, c]`, or `[n, h, w, 2c]` with a learned variance
/// @param slope the derivatives of each image's term by the output; none if they are not needed
/// @param y the terms, `[n, 1, 1, 1]`
record BoundTerm(Variable output, @Nullable Tensor slope, Variable y) implements Operation {

  /// What the terms depend on beside the images.
  ///
  /// @param schedule how much noise each step adds
  /// @param prediction what the network predicts
  /// @param variance the variance of a step
  /// @param meanDetached whether the gradient is stopped at the mean, and flows into the variance
  ///   only
  record Options(
      NoiseSchedule schedule,
      Prediction prediction,
      ReverseVariance variance,
      boolean meanDetached) {}

  /// {@return the terms}
  static Variable apply(
      Tape tape, Variable output, Tensor x0, Tensor xt, Options options, int... t) {
    Shape shape = x0.shape();
    int channels = shape.dim(-1);
    boolean learned = ChainObjective.isLearned(options.variance);
    Shape expected = learned ? shape.with(-1, 2 * channels) : shape;
    if (!output.value().shape().equals(expected) || !xt.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "bound: output "
              + output.value().shape()
              + " and noisy images "
              + xt.shape()
              + " for images "
              + shape
              + ", expected output "
              + expected);
    }
    if (t.length != shape.dim(0)) {
      throw new IllegalArgumentException("bound: " + t.length + " timesteps for images " + shape);
    }
    Shape one = shape;
    for (int axis = 1; axis < shape.rank(); axis++) {
      one = one.with(axis, 1);
    }
    Tensor bits = tape.allocate(one);
    Variable y = tape.output(bits, output);
    Tensor slope = y.needsGradient() ? tape.allocate(expected) : null;
    for (int i = 0; i < t.length; i++) {
      bits.data()[bits.offset() + i] =
          (float)
              new Term(options, t[i], channels, learned)
                  .bits(
                      x0.at(i), xt.at(i), output.value().at(i), slope == null ? null : slope.at(i));
    }
    return tape.record(new BoundTerm(output, slope, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor gradient = slope;
    if (gradient == null) {
      return;
    }
    Tensor dy = y.gradient();
    int images = dy.size();
    for (int i = 0; i < images; i++) {
      float factor = dy.data()[dy.offset() + i];
      Tensor image = gradient.at(i);
      for (int j = 0; j < image.size(); j++) {
        image.data()[image.offset() + j] *= factor;
      }
    }
    output.addGradient(tape, gradient);
  }

  /// The arithmetic of one image at its timestep.
  private static final class Term {
    private final boolean first;
    private final boolean meanDetached;
    private final int channels;
    private final boolean learned;
    private final double x0FromXt;
    private final double x0FromOutput;
    private final double x0Coefficient;
    private final double logPosterior;
    // The step's log variance runs between these as the output for it runs from -1 to 1.
    private final double logLow;
    private final double logHigh;

    Term(Options options, int t, int channels, boolean learned) {
      Posterior posterior = new Posterior(options.schedule);
      double alphaBar = options.schedule.alphaBar(t);
      this.first = t == 1;
      this.meanDetached = options.meanDetached;
      this.channels = channels;
      this.learned = learned;
      x0FromXt = options.prediction.x0FromXt(alphaBar);
      x0FromOutput = options.prediction.x0FromOutput(alphaBar);
      x0Coefficient = posterior.x0Coefficient(t);
      logPosterior = StrictMath.log(posterior.variance(t));
      logLow = options.variance.log(t, options.schedule, -1);
      logHigh = options.variance.log(t, options.schedule, 1);
    }

    /// {@return the term of an image; its derivatives by the output go to `slope`}
    double bits(Tensor x0, Tensor xt, Tensor output, @Nullable Tensor slope) {
      double scale = VariationalBound.bitsPerDimension(1, x0.size());
      double sum = 0;
      for (int j = 0; j < x0.size(); j++) {
        int at = learned ? j / channels * 2 * channels + j % channels : j;
        double predicted = output.data()[output.offset() + at];
        double share = learned ? (output.data()[output.offset() + at + channels] + 1.0) / 2 : 0;
        double x = x0FromXt * xt.data()[xt.offset() + j] + x0FromOutput * predicted;
        double logVariance = logLow + share * (logHigh - logLow);
        double image = x0.data()[x0.offset() + j];
        Element element =
            first
                ? decoder(image, x, logVariance)
                : divergence(x0Coefficient * (image - x), logPosterior, logVariance);
        sum += element.nats;
        if (slope != null) {
          float[] slopes = slope.data();
          slopes[slope.offset() + at] =
              meanDetached ? 0 : (float) (scale * element.byMean * x0Coefficient * x0FromOutput);
          if (learned) {
            slopes[slope.offset() + at + channels] =
                (float) (scale * element.byLogVariance * (logHigh - logLow) / 2);
          }
        }
      }
      return scale * sum;
    }
  }

  /// What one element of an image adds to a term, in nats, and the derivatives of that.
  ///
  /// @param nats the divergence, or the negative log-probability
  /// @param byMean its derivative by the mean of the model's step
  /// @param byLogVariance by the logarithm of that step's variance
  record Element(double nats, double byMean, double byLogVariance) {}

  /// {@return the divergence of the posterior from the model's step}
  ///
  /// @param difference the posterior's mean less the model's
  static Element divergence(double difference, double logPosterior, double logVariance) {
    double precision = StrictMath.exp(-logVariance);
    double square = difference * difference * precision;
    double r = logPosterior - logVariance;
    return new Element(
        (StrictMath.expm1(r) - r + square) / 2,
        -difference * precision,
        -(StrictMath.expm1(r) + square) / 2);
  }

  /// {@return the negative log-probability of a level}
  static Element decoder(double image, double mean, double logVariance) {
    double logScale = logVariance / 2;
    DiscretizedGaussian.Slope slope = DiscretizedGaussian.TANH.slope(mean, logScale, image);
    return new Element(
        -DiscretizedGaussian.TANH.logProbability(mean, logScale, image),
        -slope.mean(),
        -slope.logScale() / 2);
  }
}
