package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.Arrays;

/// The chain from picture to noise: a Markov chain that is fixed, not learned.
///
/// ```
/// one step   q(x_t | x_{t-1}) = N( sqrt(1 - beta_t) x_{t-1},  beta_t I )            eq. 2
/// the jump   q(x_t | x_0)     = N( sqrt(alphaBar_t) x_0,  (1 - alphaBar_t) I )      eq. 4
/// ```
///
/// (Ho et al. 2020). The jump follows from the steps because sums of independent normal variables
/// are normal: t steps at the cost of one, which is what makes training cheap. Both methods are
/// these formulas with the noise written out as `epsilon ~ N(0, I)`; whoever calls draws it.
///
/// Images are `[n, h, w, c]`, or any tensors whose outermost axis is the batch. Each method takes
/// one timestep for every image, or a single one for all.
public final class ForwardProcess {
  private final NoiseSchedule schedule;

  /// The chain that adds noise by a schedule.
  ///
  /// @param schedule how much noise each step adds
  public ForwardProcess(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  /// One step: `x_t = sqrt(1 - beta_t) x_{t-1} + sqrt(beta_t) epsilon`.
  ///
  /// The factor before `x_{t-1}` is there so that the variance stays 1 once it is 1.
  ///
  /// @param previous `x_{t-1}`, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of the result, 1..T, for every image or one for all
  /// @return `x_t`
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor step(Tensor previous, Tensor epsilon, int... t) {
    return WeightedSum.of(
        "forward step",
        t,
        s -> Math.sqrt(1 - schedule.beta(s)),
        previous,
        s -> Math.sqrt(schedule.beta(s)),
        epsilon);
  }

  /// The jump from the picture: `x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) epsilon`.
  ///
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of the result, 0..T, for every image or one for all
  /// @return `x_t`; the picture itself for t = 0
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 0..T
  public Tensor addNoise(Tensor x0, Tensor epsilon, int... t) {
    return addNoise(Allocator.HEAP, x0, epsilon, t);
  }

  /// The jump from the picture, see [#addNoise(Tensor, Tensor, int...)], in memory of the caller's
  /// choice.
  ///
  /// @param allocator gives the result's memory
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of the result, 0..T, for every image or one for all
  /// @return `x_t`
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 0..T
  public Tensor addNoise(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    return WeightedSum.of(allocator, "forward jump", t, this::signal, x0, this::noise, epsilon);
  }

  /// The distribution of `x_t` for one picture, in double: for measuring.
  ///
  /// @param x0 the picture
  /// @param t the timestep, 1..T
  /// @return the normal distribution of eq. 4
  /// @throws IllegalArgumentException if there is no such timestep
  public DiagonalGaussian distribution(double[] x0, int t) {
    schedule.beta(t);
    double[] logVariance = new double[x0.length];
    Arrays.fill(logVariance, Math.log1p(-schedule.alphaBar(t)));
    return new DiagonalGaussian(Arrays.stream(x0).map(x -> signal(t) * x).toArray(), logVariance);
  }

  /// The jump solved for the picture: `x_0 = (x_t - sqrt(1 - alphaBar_t) epsilon) /
  /// sqrt(alphaBar_t)` (Ho et al. 2020, eq. 15). With the network's epsilon it is what the network
  /// takes for the picture.
  ///
  /// Errors in `x_t` and `epsilon` grow by about `1 / sqrt(alphaBar_t)`: 157 times at the end of
  /// the linear schedule with T = 1000, 20,000 times at the end of the cosine one.
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param epsilon the noise in them, same shape
  /// @param t their timestep, 0..T, for every image or one for all
  /// @return `x_0`, not clipped
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 0..T
  public Tensor x0(Tensor xt, Tensor epsilon, int... t) {
    return WeightedSum.of(
        "x0 from epsilon", t, s -> 1 / signal(s), xt, s -> -noise(s) / signal(s), epsilon);
  }

  /// The jump solved for the noise: `epsilon = (x_t - sqrt(alphaBar_t) x_0) / sqrt(1 -
  /// alphaBar_t)`.
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param x0 the pictures in them, same shape
  /// @param t their timestep, 1..T, for every image or one for all
  /// @return `epsilon`
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor epsilon(Tensor xt, Tensor x0, int... t) {
    for (int s : t) {
      if (s == 0) {
        throw new IllegalArgumentException("epsilon from x0: there is no noise at t = 0");
      }
    }
    return WeightedSum.of(
        "epsilon from x0", t, s -> 1 / noise(s), xt, s -> -signal(s) / noise(s), x0);
  }

  /// `sqrt(alphaBar_t)`, the factor before the picture in `x_t`.
  private double signal(int t) {
    return Math.sqrt(schedule.alphaBar(t));
  }

  /// `sqrt(1 - alphaBar_t)`, the standard deviation of the noise in `x_t`.
  private double noise(int t) {
    return Math.sqrt(1 - schedule.alphaBar(t));
  }
}
