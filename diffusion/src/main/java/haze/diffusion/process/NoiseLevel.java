package haze.diffusion.process;

import haze.tensor.Tensor;

/// What a noisy image is made of: `x = signal x_0 + noise epsilon`, with `epsilon ~ N(0, I)`.
///
/// Samplers that are written down in different coordinates are the same mathematics in these:
///
/// | process | signal | noise |
/// |---|---|---|
/// | Ho et al. 2020 | `sqrt(alphaBar)` | `sqrt(1 - alphaBar)` |
/// | Karras et al. 2022, over `sqrt(sigma^2 + 1)` | `1 / sqrt(sigma^2 + 1)` | `sigma signal` |
/// | rectified flow, Liu et al. 2022 | `1 - s` | `s` |
///
/// @param signal the factor of the image, 0..1
/// @param noise the standard deviation of the noise, 0..1
public record NoiseLevel(double signal, double noise) {
  /// No noise: the image itself.
  public static final NoiseLevel CLEAN = new NoiseLevel(1, 0);

  /// @throws IllegalArgumentException if a number is not in 0..1, or both are 0
  public NoiseLevel {
    if (!(signal >= 0 && signal <= 1 && noise >= 0 && noise <= 1 && signal + noise > 0)) {
      throw new IllegalArgumentException(
          "noise level: signal " + signal + " and noise " + noise + " are not in 0..1");
    }
  }

  /// {@return the level of Ho et al. 2020's process with a share of the power, 0..1}
  public static NoiseLevel ofAlphaBar(double alphaBar) {
    return new NoiseLevel(Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
  }

  /// {@return the level of Karras et al. 2022's process, divided by `sqrt(sigma^2 + 1)` as the
  /// network gets it}
  ///
  /// @param sigma the noise added to an unscaled image, finite, at least 0
  public static NoiseLevel ofSigma(double sigma) {
    double signal = 1 / Math.sqrt(sigma * sigma + 1);
    return new NoiseLevel(signal, sigma * signal);
  }

  /// {@return `signal^2`, the share of the power in a process that keeps the sum of both at 1}
  public double alphaBar() {
    return signal * signal;
  }

  /// {@return `noise / signal`; infinite for pure noise}
  public double sigma() {
    return noise / signal;
  }

  /// {@return `ln(signal / noise)`, half the logarithm of the signal-to-noise ratio; infinite
  /// without noise}
  ///
  /// (Lu et al. 2022, DPM-Solver, section 3.1.)
  public double lambda() {
    return StrictMath.log(signal / noise);
  }

  /// {@return `signal x_0 + noise epsilon`}
  ///
  /// @param x0 the images, `[n, ...]`
  /// @param epsilon standard normal noise of the same shape
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor mix(Tensor x0, Tensor epsilon) {
    return WeightedSum.of(signal, x0, noise, epsilon);
  }

  /// {@return the noise in images beside given clean ones, `(x - signal x_0) / noise`}
  ///
  /// @param x images at this level, `[n, ...]`
  /// @param x0 the clean images, same shape
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor epsilon(Tensor x, Tensor x0) {
    return WeightedSum.of(1 / noise, x, -signal / noise, x0);
  }

  /// {@return the images at another noise level, with the same `x_0` and the same noise}
  ///
  /// ```
  /// epsilon = (x - signal x_0) / noise
  /// x'      = signal' x_0 + noise' epsilon
  ///         = (noise' / noise) x + (signal' - signal noise' / noise) x_0
  /// ```
  ///
  /// With the true `x_0` it is exact; with the predicted one it is a step of Euler's method, of
  /// DDIM without noise (Song et al. 2021, eq. 12), and of first-order DPM-Solver++ (Lu et al.
  /// 2022, eq. 9).
  ///
  /// @param x images of this level, which must have noise
  /// @param x0 the images in them, or predicted ones, same shape
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor toLevel(Tensor x, Tensor x0, NoiseLevel to) {
    double ratio = to.noise / noise;
    return WeightedSum.of(ratio, x, to.signal - signal * ratio, x0);
  }
}
