package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// What the network says about a noisy image: one of three quantities, each of which gives the
/// others.
///
/// With `a = sqrt(alphaBar)` and `s = sqrt(1 - alphaBar)` an image is `x_t = a x_0 + s epsilon`,
/// and
///
/// | the network predicts | picture in it | noise in it |
/// |---|---|---|
/// | epsilon | `(x_t - s epsilon) / a` | epsilon |
/// | x_0 | x_0 | `(x_t - a x_0) / s` |
/// | `v = a epsilon - s x_0` | `a x_t - s v` | `s x_t + a v` |
///
/// Epsilon is Ho et al. 2020's choice: its error hardly shows at little noise, and is divided by a
/// at much. With x_0 it is the other way round. v (Salimans & Ho 2022, "Progressive Distillation
/// for Fast Sampling of Diffusion Models", section 4) divides by neither, and works up to `alphaBar
/// = 0`.
///
/// Every conversion is a weighted sum of `x_t` and the network's output; the methods that take an
/// `alphaBar` alone return the weights.
public enum Prediction {
  /// The noise, `"prediction_type": "epsilon"` in diffusers.
  EPSILON,
  /// The picture, `"prediction_type": "sample"` in diffusers.
  X0,
  /// The velocity, `"prediction_type": "v_prediction"` in diffusers.
  V;

  /// Stands in for a signal of 0: an epsilon that differs from `x_t` then points far to one side,
  /// and clipping takes it to the end of the range, as it does diffusers' infinity.
  private static final double LEAST_SIGNAL = 0x1p-60;

  /// The weight of `x_t` in the picture.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1]
  /// @return the weight; finite, but 2^60 for epsilon where `alphaBar` is 0
  public double x0FromXt(double alphaBar) {
    return switch (this) {
      case EPSILON -> 1 / signal(alphaBar);
      case X0 -> 0;
      case V -> Math.sqrt(alphaBar);
    };
  }

  /// The weight of the network's output in the picture.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1]
  /// @return the weight; finite, but -2^60 for epsilon where `alphaBar` is 0
  public double x0FromOutput(double alphaBar) {
    return switch (this) {
      case EPSILON -> -noise(alphaBar) / signal(alphaBar);
      case X0 -> 1;
      case V -> -noise(alphaBar);
    };
  }

  /// The weight of `x_t` in the noise.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1)
  /// @return the weight
  public double epsilonFromXt(double alphaBar) {
    return switch (this) {
      case EPSILON -> 0;
      case X0 -> 1 / noise(alphaBar);
      case V -> noise(alphaBar);
    };
  }

  /// The weight of the network's output in the noise.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1)
  /// @return the weight
  public double epsilonFromOutput(double alphaBar) {
    return switch (this) {
      case EPSILON -> 1;
      case X0 -> -Math.sqrt(alphaBar) / noise(alphaBar);
      case V -> Math.sqrt(alphaBar);
    };
  }

  /// The picture that the network sees in noisy images.
  ///
  /// @param schedule how much noise each step adds
  /// @param xt the noisy images, `[n, ...]`
  /// @param output what the network says of them, same shape
  /// @param t their timestep, 1..T, for every image or one for all
  /// @return `x_0`, not clipped, same shape
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor x0(NoiseSchedule schedule, Tensor xt, Tensor output, int... t) {
    return WeightedSum.of(
        "x0 from " + this,
        t,
        s -> x0FromXt(alphaBar(schedule, s)),
        xt,
        s -> x0FromOutput(alphaBar(schedule, s)),
        output);
  }

  /// The noise that the network sees in noisy images.
  ///
  /// @param schedule how much noise each step adds
  /// @param xt the noisy images, `[n, ...]`
  /// @param output what the network says of them, same shape
  /// @param t their timestep, 1..T, for every image or one for all
  /// @return `epsilon`, same shape
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor epsilon(NoiseSchedule schedule, Tensor xt, Tensor output, int... t) {
    return WeightedSum.of(
        "epsilon from " + this,
        t,
        s -> epsilonFromXt(alphaBar(schedule, s)),
        xt,
        s -> epsilonFromOutput(alphaBar(schedule, s)),
        output);
  }

  /// What a network of this kind ought to say, were it to know picture and noise: the target of
  /// training, and the way from a guess at both to each kind of output.
  ///
  /// @param schedule how much noise each step adds
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @param t the timestep, 1..T, for every image or one for all
  /// @return `epsilon`, `x_0` or `v`, same shape
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor target(NoiseSchedule schedule, Tensor x0, Tensor epsilon, int... t) {
    return target(Allocator.HEAP, schedule, x0, epsilon, t);
  }

  /// What a network of this kind ought to say, see [#target(NoiseSchedule, Tensor, Tensor,
  /// int...)], in memory of the caller's choice.
  ///
  /// @param allocator gives the result's memory
  /// @param schedule how much noise each step adds
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @param t the timestep, 1..T, for every image or one for all
  /// @return `epsilon`, `x_0` or `v`, same shape
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor target(
      Allocator allocator, NoiseSchedule schedule, Tensor x0, Tensor epsilon, int... t) {
    return WeightedSum.of(
        allocator,
        "target " + this,
        t,
        s -> targetFromX0(alphaBar(schedule, s)),
        x0,
        s -> targetFromEpsilon(alphaBar(schedule, s)),
        epsilon);
  }

  /// The weight of the picture in what a network of this kind ought to say.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1]
  /// @return 0, 1 or `-sqrt(1 - alphaBar)`
  public double targetFromX0(double alphaBar) {
    return switch (this) {
      case EPSILON -> 0;
      case X0 -> 1;
      case V -> -noise(alphaBar);
    };
  }

  /// The weight of the noise in what a network of this kind ought to say.
  ///
  /// @param alphaBar the share of the picture's power, in [0, 1]
  /// @return 1, 0 or `sqrt(alphaBar)`
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
