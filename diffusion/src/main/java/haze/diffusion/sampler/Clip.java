package haze.diffusion.sampler;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;

/// Keeps the predicted `x_0` within the range that images have.
///
/// At a high noise level a small error of the network is a large one of `x_0`; that images lie in
/// [-1, 1] puts it right. For sampling only: training does not clip.
public sealed interface Clip {
  /// To [-1, 1], the range that data is scaled to.
  Clip TO_DATA_RANGE = new ToRange(1);

  /// Lets everything through.
  Clip NONE = new ToRange(Float.POSITIVE_INFINITY);

  /// {@return the predictions in range; NaN stays NaN}
  ///
  /// @param x0 predicted clean images, `[n, ...]`
  Tensor apply(Tensor x0);

  /// Clips every element to [-range, range].
  ///
  /// @param range the largest magnitude that is let through, positive; infinite for none
  record ToRange(float range) implements Clip {
    /// @throws IllegalArgumentException if the range is not positive
    public ToRange {
      if (!(range > 0)) {
        throw new IllegalArgumentException("clip: range is not positive: " + range);
      }
    }

    @Override
    public Tensor apply(Tensor x0) {
      return range == Float.POSITIVE_INFINITY ? x0 : x0.clamp(-range, range);
    }
  }

  /// Dynamic thresholding (Saharia et al. 2022, Imagen, section 2.3): an image that leaves the
  /// range is scaled back into it, up to a limit, instead of saturating.
  ///
  /// ```
  /// s   = quantile of |x_0| in the image, at least 1, at most max
  /// x_0 = clip(x_0, -s, s) / s
  /// ```
  ///
  /// As diffusers has it: the default limit of 1 makes it plain clipping, and one below 1 is s
  /// itself.
  ///
  /// @param ratio which quantile, 0..1; between two elements it is interpolated
  /// @param max the largest s, positive
  record Dynamic(double ratio, double max) implements Clip {
    /// @throws IllegalArgumentException if the ratio is not in 0..1 or the limit is not positive
    public Dynamic {
      if (!(ratio >= 0 && ratio <= 1 && max > 0)) {
        throw new IllegalArgumentException(
            "dynamic thresholding: ratio "
                + ratio
                + " is not in 0..1 or limit "
                + max
                + " is not positive");
      }
    }

    @Override
    public Tensor apply(Tensor x0) {
      Shape shape = x0.shape();
      Tensor clipped = Tensor.zeros(shape.dims());
      for (int i = 0; i < shape.dim(0); i++) {
        float s = (float) Math.min(Math.max(quantile(x0.at(i)), 1), max);
        clipped.at(i).copyFrom(x0.at(i).clamp(-s, s).times(1 / s));
      }
      return clipped;
    }

    private double quantile(Tensor image) {
      float[] magnitudes = image.toArray();
      for (int i = 0; i < magnitudes.length; i++) {
        magnitudes[i] = Math.abs(magnitudes[i]);
      }
      Arrays.sort(magnitudes);
      double position = ratio * (magnitudes.length - 1);
      int below = (int) position;
      int above = Math.min(below + 1, magnitudes.length - 1);
      return magnitudes[below] + (position - below) * (magnitudes[above] - magnitudes[below]);
    }
  }
}
