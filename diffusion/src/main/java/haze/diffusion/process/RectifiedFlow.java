package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// A straight line from image to noise in the place of the chain (Liu et al. 2022, "Flow Straight
/// and Fast"; Lipman et al. 2022, "Flow Matching for Generative Modeling").
///
/// ```
/// x_s = (1 - s) x_0 + s epsilon,     s from 0, the image, to 1, the noise
/// v   = dx_s / ds = epsilon - x_0    what the network learns to predict
/// ```
///
/// The mean of v given `x_s` is a velocity field; following it from s = 1 to 0 turns noise into
/// images. Time is continuous; there is no schedule. Each method takes a time in [0, 1] for every
/// image, or one for all.
public final class RectifiedFlow {
  private RectifiedFlow() {}

  /// {@return `x_s = (1 - s) x_0 + s epsilon`}
  ///
  /// @param x0 the images, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor interpolate(Tensor x0, Tensor epsilon, double... s) {
    return interpolate(Allocator.HEAP, x0, epsilon, s);
  }

  /// {@return the same in memory of the allocator, see [#interpolate(Tensor, Tensor, double...)]}
  public static Tensor interpolate(Allocator allocator, Tensor x0, Tensor epsilon, double... s) {
    return sum(allocator, "flow", s, time -> 1 - time, x0, time -> time, epsilon);
  }

  /// {@return `v = epsilon - x_0`, the target of training, the same all along the line}
  ///
  /// @param x0 the images, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @throws IllegalArgumentException if shapes differ
  public static Tensor velocity(Tensor x0, Tensor epsilon) {
    return velocity(Allocator.HEAP, x0, epsilon);
  }

  /// {@return the same in memory of the allocator, see [#velocity(Tensor, Tensor)]}
  public static Tensor velocity(Allocator allocator, Tensor x0, Tensor epsilon) {
    return WeightedSum.of(allocator, "velocity", new double[] {-1}, x0, new double[] {1}, epsilon);
  }

  /// {@return `x_0 = x_s - s v`, not clipped}
  ///
  /// @param xs the noisy images, `[n, ...]`
  /// @param velocity v, or the predicted one, same shape
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor x0(Tensor xs, Tensor velocity, double... s) {
    return sum(Allocator.HEAP, "x0 from velocity", s, time -> 1, xs, time -> -time, velocity);
  }

  /// {@return `epsilon = x_s + (1 - s) v`}
  ///
  /// @param xs the noisy images, `[n, ...]`
  /// @param velocity v, or the predicted one, same shape
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor epsilon(Tensor xs, Tensor velocity, double... s) {
    return sum(
        Allocator.HEAP, "epsilon from velocity", s, time -> 1, xs, time -> 1 - time, velocity);
  }

  private static Tensor sum(
      Allocator allocator,
      String operation,
      double[] s,
      DoubleUnaryOperator a,
      Tensor x,
      DoubleUnaryOperator b,
      Tensor y) {
    for (double time : s) {
      if (!(time >= 0 && time <= 1)) {
        throw new IllegalArgumentException(operation + ": time " + time + " is not in 0..1");
      }
    }
    return WeightedSum.of(
        allocator,
        operation,
        Arrays.stream(s).map(a).toArray(),
        x,
        Arrays.stream(s).map(b).toArray(),
        y);
  }
}
