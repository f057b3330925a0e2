package haze.diffusion.process;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// Data whose distribution is known, and with it everything about diffusing it: a mixture of normal
/// distributions, or a single one.
///
/// ```
/// p(x_0) = sum over k of  w_k N(x_0; m_k, diag(v_k))
/// ```
///
/// Noise makes a mixture a mixture again, and Bayes' rule gives the **optimal denoiser**, the
/// function that a network would arrive at with perfect training:
///
/// ```
/// x = a x_0 + s epsilon has the components N(a m_k, a^2 v_k + s^2)
///
/// E[x_0 | x] = sum over k of  r_k ( m_k + a v_k / (a^2 v_k + s^2) (x - a m_k) )
/// r_k        = P(component k | x), proportional to  w_k N(x; a m_k, a^2 v_k + s^2)
/// ```
///
/// With it samplers and bounds can be compared with the truth, free of a network's errors. a and s
/// are any signal and noise: `sqrt(alphaBar)` and `sqrt(1 - alphaBar)` of a schedule, 1 and sigma
/// of EDM, `1 - s` and s of [RectifiedFlow].
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

  /// {@return normal data: a mixture of one component}
  public static GaussianMixture of(DiagonalGaussian component) {
    return new GaussianMixture(new double[] {1}, component);
  }

  /// {@return component k, from 0}
  public DiagonalGaussian component(int k) {
    return components[k];
  }

  /// {@return the probability of component k, from 0}
  public double weight(int k) {
    return weights[k];
  }

  /// {@return the number of components}
  public int size() {
    return components.length;
  }

  /// {@return the number of elements of a point}
  public int dimensions() {
    return components[0].dimensions();
  }

  /// {@return `ln p(x_0)`, in nats: the truth that a bound is compared with}
  ///
  /// @throws IllegalArgumentException if the dimensions differ
  public double logDensity(double[] x0) {
    double[] logs = new double[components.length];
    return normalize(x0, logs);
  }

  /// {@return the distribution of `a x_0 + s epsilon`, a mixture with the same weights}
  public GaussianMixture noised(double a, double s) {
    DiagonalGaussian[] noised = new DiagonalGaussian[components.length];
    for (int k = 0; k < noised.length; k++) {
      DiagonalGaussian component = components[k];
      noised[k] =
          new DiagonalGaussian(
              Arrays.stream(component.mean()).map(m -> a * m).toArray(),
              Arrays.stream(component.logVariance())
                  .map(log -> StrictMath.log(a * a * StrictMath.exp(log) + s * s))
                  .toArray());
    }
    return new GaussianMixture(weights, noised);
  }

  /// {@return the optimal denoiser, `E[x_0 | x]` for `x = a x_0 + s epsilon`: no prediction has a
  /// smaller mean squared error}
  ///
  /// @param x a noisy point
  /// @param s the standard deviation of the noise, above 0
  /// @throws IllegalArgumentException if the dimensions differ
  public double[] denoise(double[] x, double a, double s) {
    GaussianMixture noised = noised(a, s);
    double[] logShares = new double[components.length];
    double logDensity = noised.normalize(x, logShares);
    double[] x0 = new double[x.length];
    for (int k = 0; k < components.length; k++) {
      double share = StrictMath.exp(logShares[k] - logDensity);
      for (int i = 0; i < x.length; i++) {
        double mean = components[k].mean()[i];
        double gain =
            a
                * StrictMath.exp(
                    components[k].logVariance()[i] - noised.components[k].logVariance()[i]);
        x0[i] += share * (mean + gain * (x[i] - a * mean));
      }
    }
    return x0;
  }

  /// {@return the distribution of `x_0` when `x = a x_0 + s epsilon` is known, a mixture again}
  ///
  /// By Bayes' rule, with `r_k` as above; [#denoise] is its mean:
  ///
  /// ```
  /// p(x_0 | x) = sum over k of  r_k N( m_k + a v_k / (a^2 v_k + s^2) (x - a m_k),
  ///                                    v_k s^2 / (a^2 v_k + s^2) )
  /// ```
  ///
  /// For the distribution of `x_{t-1}` of a chain, `a = sqrt(alpha_t)` and `s = sqrt(beta_t)`, it
  /// is the exact step back, `q(x_{t-1} | x_t)`. Components whose `r_k` is 0 in double are left
  /// out.
  ///
  /// @param x a noisy point
  /// @param s the standard deviation of the noise, above 0
  /// @throws IllegalArgumentException if the dimensions differ
  public GaussianMixture posterior(double[] x, double a, double s) {
    GaussianMixture noised = noised(a, s);
    double[] logShares = new double[components.length];
    double logDensity = noised.normalize(x, logShares);
    double[] shares = Arrays.stream(logShares).map(l -> StrictMath.exp(l - logDensity)).toArray();
    int[] left = IntStream.range(0, shares.length).filter(k -> shares[k] > 0).toArray();
    return new GaussianMixture(
        IntStream.of(left).mapToDouble(k -> shares[k]).toArray(),
        IntStream.of(left)
            .mapToObj(k -> posterior(components[k], noised.components[k], x, a, s))
            .toArray(DiagonalGaussian[]::new));
  }

  private static DiagonalGaussian posterior(
      DiagonalGaussian component, DiagonalGaussian noised, double[] x, double a, double s) {
    double[] mean = component.mean().clone();
    double[] logVariance = component.logVariance().clone();
    for (int i = 0; i < x.length; i++) {
      double gain = a * StrictMath.exp(logVariance[i] - noised.logVariance()[i]);
      mean[i] += gain * (x[i] - a * mean[i]);
      logVariance[i] += 2 * StrictMath.log(s) - noised.logVariance()[i];
    }
    return new DiagonalGaussian(mean, logVariance);
  }

  /// {@return the normal distribution with the same mean and the same variance of each element}
  ///
  /// Of all normal distributions of independent elements it is the one with the least divergence
  /// `KL(this || normal)`, because the mean of `ln normal` depends on nothing else of this one.
  public DiagonalGaussian nearestNormal() {
    double[] mean = new double[dimensions()];
    double[] logVariance = new double[dimensions()];
    for (int i = 0; i < mean.length; i++) {
      for (int k = 0; k < weights.length; k++) {
        mean[i] += weights[k] * components[k].mean()[i];
      }
      double variance = 0;
      for (int k = 0; k < weights.length; k++) {
        double distance = components[k].mean()[i] - mean[i];
        variance +=
            weights[k] * (StrictMath.exp(components[k].logVariance()[i]) + distance * distance);
      }
      logVariance[i] = StrictMath.log(variance);
    }
    return new DiagonalGaussian(mean, logVariance);
  }

  /// {@return the output of a perfectly trained network, `[n, ...]`}
  ///
  /// @param prediction what it was trained to predict
  /// @param xt noisy points, `[n, ...]`, each of as many elements as this distribution has
  /// @param alphaBar the share of the data's power in them, in [0, 1)
  /// @throws IllegalArgumentException if the dimensions differ
  public Tensor predict(Prediction prediction, Tensor xt, double alphaBar) {
    double a = Math.sqrt(alphaBar);
    double s = Math.sqrt(1 - alphaBar);
    Tensor output = Tensor.zeros(xt.shape().dims());
    for (int n = 0; n < xt.dim(0); n++) {
      double[] x = xt.at(n).toDoubles();
      double[] x0 = denoise(x, a, s);
      Tensor predicted = output.at(n);
      for (int i = 0; i < x.length; i++) {
        double epsilon = (x[i] - a * x0[i]) / s;
        predicted.data()[predicted.offset() + i] =
            (float)
                (prediction.targetFromX0(alphaBar) * x0[i]
                    + prediction.targetFromEpsilon(alphaBar) * epsilon);
      }
    }
    return output;
  }

  /// {@return a point drawn from the distribution}
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
          components[k].mean()[i]
              + StrictMath.exp(0.5 * components[k].logVariance()[i]) * z.get(1 + i);
    }
    return x0;
  }

  /// Fills in `ln(w_k N_k(x))` and returns the logarithm of the sum of their exponentials.
  private double normalize(double[] x, double[] logs) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < logs.length; k++) {
      logs[k] = StrictMath.log(weights[k]) + components[k].logDensity(x);
      largest = Math.max(largest, logs[k]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += StrictMath.exp(log - largest);
    }
    return largest + StrictMath.log(sum);
  }
}
