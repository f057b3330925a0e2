package haze.diffusion.process;

import static haze.diffusion.process.WeightedSum.term;

import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// What the network predicts of a noisy image: one of three quantities, each of which gives the
/// others.
///
/// With `a = sqrt(alphaBar)` and `s = sqrt(1 - alphaBar)` an image is `x_t = a x_0 + s epsilon`,
/// and
///
/// | the network predicts | predicted `x_0` | predicted noise |
/// |---|---|---|
/// | epsilon | `(x_t - s epsilon) / a` | epsilon |
/// | x_0 | x_0 | `(x_t - a x_0) / s` |
/// | `v = a epsilon - s x_0` | `a x_t - s v` | `s x_t + a v` |
///
/// Epsilon is Ho et al. 2020's choice. Its error is divided by a, which is small at much noise;
/// that of x_0 is divided by s, which is small at little noise. v (Salimans & Ho 2022, "Progressive
/// Distillation for Fast Sampling of Diffusion Models", section 4) is divided by neither, and works
/// up to `alphaBar = 0`.
///
/// Every conversion is a weighted sum of `x_t` and the network's output; the methods that take an
/// `alphaBar` alone return the weights.
public enum Prediction {
  /// The noise, `"prediction_type": "epsilon"` in diffusers.
  EPSILON,
  /// The image, `"prediction_type": "sample"` in diffusers.
  X0,
  /// The velocity, `"prediction_type": "v_prediction"` in diffusers.
  V;

  /// Stands in for a signal of 0: an epsilon that differs from `x_t` then points far to one side,
  /// and clipping takes it to the end of the range, as it does diffusers' infinity.
  private static final double LEAST_SIGNAL = 0x1p-60;

  /// {@return the weight of `x_t` in the predicted `x_0`; finite, but 2^60 for epsilon where
  /// `alphaBar` is 0}
  ///
  /// @param alphaBar in [0, 1]
  public double x0FromXt(double alphaBar) {
    return switch (this) {
      case EPSILON -> 1 / signal(alphaBar);
      case X0 -> 0;
      case V -> Math.sqrt(alphaBar);
    };
  }

  /// {@return the weight of the output in the predicted `x_0`; finite, but -2^60 for epsilon where
  /// `alphaBar` is 0}
  ///
  /// @param alphaBar in [0, 1]
  public double x0FromOutput(double alphaBar) {
    return switch (this) {
      case EPSILON -> -noise(alphaBar) / signal(alphaBar);
      case X0 -> 1;
      case V -> -noise(alphaBar);
    };
  }

  /// {@return the weight of `x_t` in the predicted noise}
  ///
  /// @param alphaBar in [0, 1)
  public double epsilonFromXt(double alphaBar) {
    return switch (this) {
      case EPSILON -> 0;
      case X0 -> 1 / noise(alphaBar);
      case V -> noise(alphaBar);
    };
  }

  /// {@return the weight of the output in the predicted noise}
  ///
  /// @param alphaBar in [0, 1)
  public double epsilonFromOutput(double alphaBar) {
    return switch (this) {
      case EPSILON -> 1;
      case X0 -> -Math.sqrt(alphaBar) / noise(alphaBar);
      case V -> Math.sqrt(alphaBar);
    };
  }

  /// {@return the predicted `x_0`, not clipped, `[n, ...]`}
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param output the network's output, same shape
  /// @param t their timestep, 1..T, for every image or one for all
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor x0(NoiseSchedule schedule, Tensor xt, Tensor output, int... t) {
    return WeightedSum.of(
        "x0 from " + this,
        t,
        term(s -> x0FromXt(alphaBar(schedule, s)), xt),
        term(s -> x0FromOutput(alphaBar(schedule, s)), output));
  }

  /// {@return the predicted noise, `[n, ...]`}
  ///
  /// @param xt the noisy images, `[n, ...]`
  /// @param output the network's output, same shape
  /// @param t their timestep, 1..T, for every image or one for all
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor epsilon(NoiseSchedule schedule, Tensor xt, Tensor output, int... t) {
    return WeightedSum.of(
        "epsilon from " + this,
        t,
        term(s -> epsilonFromXt(alphaBar(schedule, s)), xt),
        term(s -> epsilonFromOutput(alphaBar(schedule, s)), output));
  }

  /// {@return the output that is right: `epsilon`, `x_0` or `v`, `[n, ...]`}
  ///
  /// It is the target of training. With predicted `x_0` and noise in their place it converts one
  /// kind of output to another.
  ///
  /// @param x0 the images, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @param t the timestep, 1..T, for every image or one for all
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor target(NoiseSchedule schedule, Tensor x0, Tensor epsilon, int... t) {
    return target(Allocator.HEAP, schedule, x0, epsilon, t);
  }

  /// {@return the same in memory of the allocator, see [#target(NoiseSchedule, Tensor, Tensor,
  /// int...)]}
  public Tensor target(
      Allocator allocator, NoiseSchedule schedule, Tensor x0, Tensor epsilon, int... t) {
    return WeightedSum.of(
        allocator,
        "target " + this,
        t,
        term(s -> targetFromX0(alphaBar(schedule, s)), x0),
        term(s -> targetFromEpsilon(alphaBar(schedule, s)), epsilon));
  }

  /// {@return the weight of `x_0` in the target: 0, 1 or `-sqrt(1 - alphaBar)`}
  ///
  /// @param alphaBar in [0, 1]
  public double targetFromX0(double alphaBar) {
    return switch (this) {
      case EPSILON -> 0;
      case X0 -> 1;
      case V -> -noise(alphaBar);
    };
  }

  /// {@return the weight of the noise in the target: 1, 0 or `sqrt(alphaBar)`}
  ///
  /// @param alphaBar in [0, 1]
  public double targetFromEpsilon(double alphaBar) {
    return switch (this) {
      case EPSILON -> 1;
      case X0 -> 0;
      case V -> Math.sqrt(alphaBar);
    };
  }

  /// `alphaBar_t` of a timestep at which there is noise.
  private static double alphaBar(NoiseSchedule schedule, int t) {
    schedule.beta(t);
    return schedule.alphaBar(t);
  }

  private static double signal(double alphaBar) {
    return Math.max(Math.sqrt(alphaBar), LEAST_SIGNAL);
  }

  private static double noise(double alphaBar) {
    return Math.sqrt(1 - alphaBar);
  }
}
