package haze.diffusion.process;

import static haze.diffusion.process.WeightedSum.term;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.Arrays;

/// The chain from image to noise: a Markov chain that is fixed, not learned.
///
/// ```
/// one step   q(x_t | x_{t-1}) = N( sqrt(1 - beta_t) x_{t-1},  beta_t I )            eq. 2
/// t steps    q(x_t | x_0)     = N( sqrt(alphaBar_t) x_0,  (1 - alphaBar_t) I )      eq. 4
/// ```
///
/// (Ho et al. 2020). The second line follows from the first because sums of independent normal
/// variables are normal; it makes training cheap, since no chain has to be run. The methods are
/// these formulas with the noise written out as `epsilon ~ N(0, I)`, which the caller draws.
///
/// Images are `[n, h, w, c]`, or any tensors whose outermost axis is the batch. Each method takes a
/// timestep for every image, or one for all.
public final class ForwardProcess {
  private final NoiseSchedule schedule;

  /// The chain that adds noise by a schedule.
  public ForwardProcess(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  /// {@return `x_t = sqrt(1 - beta_t) x_{t-1} + sqrt(beta_t) epsilon`, one step}
  ///
  /// The factor of `x_{t-1}` keeps a variance of 1 at 1.
  ///
  /// @param previous `x_{t-1}`, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of the result, 1..T
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor step(Tensor previous, Tensor epsilon, int... t) {
    return WeightedSum.of(
        "forward step",
        t,
        term(s -> Math.sqrt(1 - schedule.beta(s)), previous),
        term(s -> Math.sqrt(schedule.beta(s)), epsilon));
  }

  /// {@return `x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) epsilon`, t steps at once}
  ///
  /// @param x0 the images, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of the result, 0..T; 0 gives `x_0`
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 0..T
  public Tensor addNoise(Tensor x0, Tensor epsilon, int... t) {
    return addNoise(Allocator.HEAP, x0, epsilon, t);
  }

  /// {@return the same in memory of the allocator, see [#addNoise(Tensor, Tensor, int...)]}
  public Tensor addNoise(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    return WeightedSum.of(
        allocator, "add noise", t, term(this::signal, x0), term(this::noise, epsilon));
  }

  /// {@return the distribution of `x_t` given one image, eq. 4, in double: for measuring}
  ///
  /// @param t the timestep, 1..T
  /// @throws IllegalArgumentException if there is no such timestep
  public DiagonalGaussian distribution(double[] x0, int t) {
    schedule.beta(t);
    double[] logVariance = new double[x0.length];
    Arrays.fill(logVariance, StrictMath.log1p(-schedule.alphaBar(t)));
    return new DiagonalGaussian(Arrays.stream(x0).map(x -> signal(t) * x).toArray(), logVariance);
  }

  /// {@return the distribution of `x_t` given `x_{t-1}`, eq. 2, in double: for measuring}
  ///
  /// @param previous `x_{t-1}`
  /// @param t the timestep of the result, 1..T
  /// @throws IllegalArgumentException if there is no such timestep
  public DiagonalGaussian transition(double[] previous, int t) {
    double factor = Math.sqrt(schedule.alpha(t));
    double[] logVariance = new double[previous.length];
    Arrays.fill(logVariance, StrictMath.log(schedule.beta(t)));
    return new DiagonalGaussian(
        Arrays.stream(previous).map(x -> factor * x).toArray(), logVariance);
  }

  /// {@return `x_0 = (x_t - sqrt(1 - alphaBar_t) epsilon) / sqrt(alphaBar_t)`, not clipped}
  ///
  /// Eq. 4 solved for the image (Ho et al. 2020, eq. 15); of a predicted epsilon the predicted
  /// `x_0`. Errors of `x_t` and epsilon grow by about `1 / sqrt(alphaBar_t)`: by 157 at the end of
  /// the linear schedule with T = 1000, by 20,000 at the end of the cosine one.
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param epsilon the noise in them, same shape
  /// @param t their timestep, 0..T
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 0..T
  public Tensor x0(Tensor xt, Tensor epsilon, int... t) {
    return WeightedSum.of(
        "x0 from epsilon",
        t,
        term(s -> 1 / signal(s), xt),
        term(s -> -noise(s) / signal(s), epsilon));
  }

  /// {@return `epsilon = (x_t - sqrt(alphaBar_t) x_0) / sqrt(1 - alphaBar_t)`, eq. 4 solved for the
  /// noise}
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param x0 the images in them, same shape
  /// @param t their timestep, 1..T
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor epsilon(Tensor xt, Tensor x0, int... t) {
    for (int s : t) {
      if (s == 0) {
        throw new IllegalArgumentException("epsilon from x0: there is no noise at t = 0");
      }
    }
    return WeightedSum.of(
        "epsilon from x0", t, term(s -> 1 / noise(s), xt), term(s -> -signal(s) / noise(s), x0));
  }

  private double signal(int t) {
    return Math.sqrt(schedule.alphaBar(t));
  }

  private double noise(int t) {
    return Math.sqrt(1 - schedule.alphaBar(t));
  }
}
