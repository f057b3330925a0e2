package haze.diffusion.process;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;

/// Data whose distribution is known, so that everything about diffusing it is known too: a mixture
/// of normal distributions, or a single one.
///
/// ```
/// p(x_0) = sum over k of  w_k N(x_0; m_k, diag(v_k))
/// ```
///
/// Noise makes a mixture a mixture again, `x = a x_0 + s epsilon` having the components `N(a m_k,
/// a^2 v_k + s^2)`, and Bayes' rule gives the **optimal denoiser**, the function that a network
/// would arrive at with perfect training:
///
/// ```
/// E[x_0 | x] = sum over k of  r_k ( m_k + a v_k / (a^2 v_k + s^2) (x - a m_k) )
/// r_k        = P(component k | x), proportional to  w_k N(x; a m_k, a^2 v_k + s^2)
/// ```
///
/// With it, samplers and bounds can be held against the truth, free of a network's errors. a and s
/// are any: `sqrt(alphaBar)` and `sqrt(1 - alphaBar)` of a schedule, 1 and sigma of EDM, `1 - s`
/// and s of [RectifiedFlow].
public final class GaussianMixture {
  private static final double ROUNDING = 1e-9;

  private final double[] weights;
  private final DiagonalGaussian[] components;

  /// A mixture.
  ///
  /// @param weights the probability of each component, above 0
  /// @param components the components, of one dimension
  /// @throws IllegalArgumentException if there is none, their dimensions differ, or the weights are
  ///   no distribution
  public GaussianMixture(double[] weights, DiagonalGaussian... components) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight > 0 ? weight : Double.NaN;
    }
    if (weights.length != components.length || !(Math.abs(sum - 1) <= ROUNDING)) {
      throw new IllegalArgumentException(
          "gaussian mixture: "
              + Arrays.toString(weights)
              + " is not a distribution of "
              + components.length
              + " components");
    }
    for (DiagonalGaussian component : components) {
      if (component.dimensions() != components[0].dimensions()) {
        throw new IllegalArgumentException(
            "gaussian mixture: dimensions differ: "
                + components[0].dimensions()
                + " and "
                + component.dimensions());
      }
    }
    this.weights = weights.clone();
    this.components = components.clone();
  }

  /// DiagonalGaussian data: a mixture of one component.
  ///
  /// @param component the distribution
  /// @return the mixture
  public static GaussianMixture of(DiagonalGaussian component) {
    return new GaussianMixture(new double[] {1}, component);
  }

  /// One of the normal distributions.
  ///
  /// @param k which, from 0
  /// @return the distribution
  public DiagonalGaussian component(int k) {
    return components[k];
  }

  /// The number of elements of a point.
  ///
  /// @return the dimensions of every component
  public int dimensions() {
    return components[0].dimensions();
  }

  /// The logarithm of the density, `ln p(x_0)`: the truth that a bound is held against.
  ///
  /// @param x0 a point
  /// @return nats
  /// @throws IllegalArgumentException if the dimensions differ
  public double logDensity(double[] x0) {
    double[] logs = new double[components.length];
    return normalize(x0, logs);
  }

  /// The distribution of `a x_0 + s epsilon`, a mixture with the same weights.
  ///
  /// @param a the factor before the data
  /// @param s the standard deviation of the noise
  /// @return its distribution
  public GaussianMixture noised(double a, double s) {
    DiagonalGaussian[] noised = new DiagonalGaussian[components.length];
    for (int k = 0; k < noised.length; k++) {
      DiagonalGaussian component = components[k];
      noised[k] =
          new DiagonalGaussian(
              Arrays.stream(component.mean()).map(m -> a * m).toArray(),
              Arrays.stream(component.logVariance())
                  .map(log -> Math.log(a * a * Math.exp(log) + s * s))
                  .toArray());
    }
    return new GaussianMixture(weights, noised);
  }

  /// The optimal denoiser, `E[x_0 | x]` for `x = a x_0 + s epsilon`: no guess has a smaller mean
  /// squared error.
  ///
  /// @param x a noisy point
  /// @param a the factor before the data
  /// @param s the standard deviation of the noise, above 0
  /// @return the expected data point
  /// @throws IllegalArgumentException if the dimensions differ
  public double[] denoise(double[] x, double a, double s) {
    GaussianMixture noised = noised(a, s);
    double[] logShares = new double[components.length];
    double logDensity = noised.normalize(x, logShares);
    double[] x0 = new double[x.length];
    for (int k = 0; k < components.length; k++) {
      double share = Math.exp(logShares[k] - logDensity);
      for (int i = 0; i < x.length; i++) {
        double mean = components[k].mean()[i];
        double gain =
            a * Math.exp(components[k].logVariance()[i] - noised.components[k].logVariance()[i]);
        x0[i] += share * (mean + gain * (x[i] - a * mean));
      }
    }
    return x0;
  }

  /// What a perfectly trained network says of noisy points, all at the same timestep.
  ///
  /// @param prediction what it was trained to predict
  /// @param xt noisy points, `[n, ...]`, each of as many elements as this distribution has
  /// @param alphaBar the share of the data's power in them, in [0, 1)
  /// @return its output, same shape
  /// @throws IllegalArgumentException if the dimensions differ
  public Tensor predict(Prediction prediction, Tensor xt, double alphaBar) {
    double a = Math.sqrt(alphaBar);
    double s = Math.sqrt(1 - alphaBar);
    Tensor output = Tensor.zeros(xt.shape().dims());
    for (int n = 0; n < xt.dim(0); n++) {
      Tensor point = xt.at(n);
      double[] x = new double[point.size()];
      for (int i = 0; i < x.length; i++) {
        x[i] = point.data()[point.offset() + i];
      }
      double[] x0 = denoise(x, a, s);
      Tensor said = output.at(n);
      for (int i = 0; i < x.length; i++) {
        double epsilon = (x[i] - a * x0[i]) / s;
        said.data()[said.offset() + i] =
            (float)
                (prediction.targetFromX0(alphaBar) * x0[i]
                    + prediction.targetFromEpsilon(alphaBar) * epsilon);
      }
    }
    return output;
  }

  /// Draws a point.
  ///
  /// @param rng the random numbers; the same ones give the same point
  /// @return the point
  public double[] sample(Rng rng) {
    // The first number chooses the component, the others are its noise: one stream, no number used
    // twice.
    Tensor z = rng.normal(Tensor.zeros(1 + dimensions()));
    double uniform = StandardNormal.cdf(z.get(0));
    int k = 0;
    double below = weights[0];
    while (uniform >= below && k < weights.length - 1) {
      below += weights[++k];
    }
    double[] x0 = new double[dimensions()];
    for (int i = 0; i < x0.length; i++) {
      x0[i] =
          components[k].mean()[i] + Math.exp(0.5 * components[k].logVariance()[i]) * z.get(1 + i);
    }
    return x0;
  }

  /// Fills in `ln(w_k N_k(x))` and returns the logarithm of the sum of their exponentials.
  private double normalize(double[] x, double[] logs) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < logs.length; k++) {
      logs[k] = Math.log(weights[k]) + components[k].logDensity(x);
      largest = Math.max(largest, logs[k]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - largest);
    }
    return largest + Math.log(sum);
  }
}
