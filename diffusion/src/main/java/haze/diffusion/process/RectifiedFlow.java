package haze.diffusion.process;

import haze.tensor.Allocator;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// Another way from picture to noise: the straight line (Liu et al. 2022, "Flow Straight and Fast";
/// Lipman et al. 2022, "Flow Matching for Generative Modeling").
///
/// ```
/// x_s = (1 - s) x_0 + s epsilon,     s from 0, the picture, to 1, the noise
/// v   = dx_s / ds = epsilon - x_0    what the network learns to predict
/// ```
///
/// The mean of v given `x_s` is a velocity field, and following it from s = 1 to 0 turns noise into
/// pictures. Time is continuous; there is no chain and no schedule. Each method takes one time for
/// every image, or a single one for all.
public final class RectifiedFlow {
  private RectifiedFlow() {}

  /// The point of the line: `x_s = (1 - s) x_0 + s epsilon`.
  ///
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param s the time, in [0, 1], for every image or one for all
  /// @return `x_s`
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor interpolate(Tensor x0, Tensor epsilon, double... s) {
    return interpolate(Allocator.HEAP, x0, epsilon, s);
  }

  /// The point of the line, see [#interpolate(Tensor, Tensor, double...)], in memory of the
  /// caller's choice.
  ///
  /// @param allocator gives the result's memory
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @param s the time, in [0, 1], for every image or one for all
  /// @return `x_s`
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor interpolate(Allocator allocator, Tensor x0, Tensor epsilon, double... s) {
    return sum(allocator, "flow", s, time -> 1 - time, x0, time -> time, epsilon);
  }

  /// The target of training, `v = epsilon - x_0`, which is the same all along the line.
  ///
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @return `v`
  /// @throws IllegalArgumentException if shapes differ
  public static Tensor velocity(Tensor x0, Tensor epsilon) {
    return velocity(Allocator.HEAP, x0, epsilon);
  }

  /// The target of training, see [#velocity(Tensor, Tensor)], in memory of the caller's choice.
  ///
  /// @param allocator gives the result's memory
  /// @param x0 the pictures, `[n, ...]`
  /// @param epsilon the noise, same shape
  /// @return `v`
  /// @throws IllegalArgumentException if shapes differ
  public static Tensor velocity(Allocator allocator, Tensor x0, Tensor epsilon) {
    return WeightedSum.of(allocator, "velocity", new double[] {-1}, x0, new double[] {1}, epsilon);
  }

  /// The end of the line at the picture: `x_0 = x_s - s v`.
  ///
  /// @param xs the noisy images, `[n, ...]`
  /// @param velocity v, or the network's guess at it, same shape
  /// @param s the time, in [0, 1], for every image or one for all
  /// @return `x_0`, not clipped
  /// @throws IllegalArgumentException if shapes differ or a time is outside [0, 1]
  public static Tensor x0(Tensor xs, Tensor velocity, double... s) {
    return sum(Allocator.HEAP, "x0 from velocity", s, time -> 1, xs, time -> -time, velocity);
  }

  /// The other end, at the noise: `epsilon = x_s + (1 - s) v`.
  ///
  /// @param xs the noisy images, `[n, ...]`
  /// @param velocity v, or the network's guess at it, same shape
  /// @param s the time, in [0, 1], for every image or one for all
  /// @return `epsilon`
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
