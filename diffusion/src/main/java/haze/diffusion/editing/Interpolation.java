package haze.diffusion.editing;

import haze.diffusion.process.WeightedSum;
import haze.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;

/// Noisy images between two noisy ones, to be denoised into images between two images.
///
/// Which rule fits is a matter of the noise. Two images that got the *same* noise are mixed in a
/// straight line, and the mixture has that noise again (Ho et al. 2020, section 4.3). Two encodings
/// of [DdimInversion], or two draws of `x_T`, have *different* noise, whose straight mixture would
/// be too weak; on the arc between them its strength stays (Song et al. 2021, DDIM, section 5.3 and
/// appendix D.5).
public final class Interpolation {
  /// Below this sine of the angle an arc is a straight line.
  private static final double STRAIGHT = 1e-6;

  private Interpolation() {}

  /// Images on the straight line between two.
  ///
  /// @param from an image, `[1, ...]`
  /// @param to an image of the same shape
  /// @param count how many, at least 2
  /// @return `[count, ...]`: `from`, images in even steps, `to`
  /// @throws IllegalArgumentException if the shapes differ, are not of one image, or the count is
  ///   below 2
  public static Tensor linear(Tensor from, Tensor to, int count) {
    return row(from, to, count, share -> 1 - share, share -> share);
  }

  /// Images on the arc between two (Shoemake 1985, slerp).
  ///
  /// @param from an image, `[1, ...]`
  /// @param to an image of the same shape
  /// @param count how many, at least 2
  /// @return `[count, ...]`: `from`, images at even angles, `to`
  /// @throws IllegalArgumentException if the shapes differ, are not of one image, or the count is
  ///   below 2
  public static Tensor spherical(Tensor from, Tensor to, int count) {
    double angle = angle(from, to);
    double sine = StrictMath.sin(angle);
    if (sine < STRAIGHT) {
      return linear(from, to, count);
    }
    return row(
        from,
        to,
        count,
        share -> StrictMath.sin((1 - share) * angle) / sine,
        share -> StrictMath.sin(share * angle) / sine);
  }

  private static Tensor row(
      Tensor from,
      Tensor to,
      int count,
      DoubleUnaryOperator fromWeight,
      DoubleUnaryOperator toWeight) {
    if (count < 2 || from.shape().rank() == 0 || from.dim(0) != 1) {
      throw new IllegalArgumentException(
          "interpolation: "
              + count
              + " images from "
              + from.shape()
              + ", expected at least 2 from a batch of one");
    }
    Tensor row = Tensor.zeros(from.shape().with(0, count).dims());
    for (int i = 0; i < count; i++) {
      double share = i / (count - 1.0);
      row.slice(i, 1)
          .copyFrom(
              WeightedSum.of(
                  fromWeight.applyAsDouble(share), from, toWeight.applyAsDouble(share), to));
    }
    return row;
  }

  private static double angle(Tensor from, Tensor to) {
    float[] a = from.toArray();
    float[] b = to.toArray();
    double product = 0;
    double aSquares = 0;
    double bSquares = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      product += (double) a[i] * b[i];
      aSquares += (double) a[i] * a[i];
      bSquares += (double) b[i] * b[i];
    }
    double lengths = Math.sqrt(aSquares * bSquares);
    return lengths == 0 ? 0 : StrictMath.acos(Math.clamp(product / lengths, -1.0, 1.0));
  }
}
