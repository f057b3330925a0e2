package haze.diffusion.sampler;

import haze.tensor.Tensor;

/// Keeps the guess at the picture within the range that pictures have.
///
/// At a high noise level a small error of the network is a large one of `x_0`; what is known about
/// every picture, that it lies in [-1, 1], puts it right. For sampling only: training does not clip.
///
/// @param range the largest magnitude that is let through, positive; infinite for none
public record Clip(float range) {
  /// To [-1, 1], the range that data is scaled to.
  public static final Clip TO_DATA_RANGE = new Clip(1);

  /// Lets everything through.
  public static final Clip NONE = new Clip(Float.POSITIVE_INFINITY);

  /// Checks the range.
  ///
  /// @throws IllegalArgumentException if the range is not positive
  public Clip {
    if (!(range > 0)) {
      throw new IllegalArgumentException("clip: range is not positive: " + range);
    }
  }

  /// Clips every element to [-range, range].
  ///
  /// @param x0 a guess at pictures, any shape
  /// @return the clipped guess, a new tensor; NaN stays NaN
  public Tensor apply(Tensor x0) {
    float[] clipped = x0.toArray();
    for (int i = 0; i < clipped.length; i++) {
      clipped[i] = Math.clamp(clipped[i], -range, range);
    }
    return Tensor.of(x0.shape(), clipped);
  }
}
