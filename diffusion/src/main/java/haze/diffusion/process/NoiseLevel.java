package haze.diffusion.process;

import haze.tensor.Tensor;

/// What a noisy image is made of: `x = signal x_0 + noise epsilon`, with `epsilon ~ N(0, I)`.
///
/// Samplers that are written down in different coordinates are the same mathematics seen from here:
///
/// | process | signal | noise |
/// |---|---|---|
/// | Ho et al. 2020 | `sqrt(alphaBar)` | `sqrt(1 - alphaBar)` |
/// | Karras et al. 2022, over `sqrt(sigma^2 + 1)` | `1 / sqrt(sigma^2 + 1)` | `sigma signal` |
/// | rectified flow, Liu et al. 2022 | `1 - s` | `s` |
///
/// @param signal the factor before the picture, 0..1
/// @param noise the standard deviation of the noise, 0..1
public record NoiseLevel(double signal, double noise) {
  /// The finished picture.
  public static final NoiseLevel CLEAN = new NoiseLevel(1, 0);

  /// Checks the range.
  ///
  /// @throws IllegalArgumentException if a number is not in 0..1, or both are 0
  public NoiseLevel {
    if (!(signal >= 0 && signal <= 1 && noise >= 0 && noise <= 1 && signal + noise > 0)) {
      throw new IllegalArgumentException(
          "noise level: signal " + signal + " and noise " + noise + " are not in 0..1");
    }
  }

  /// The level of Ho et al. 2020's process.
  ///
  /// @param alphaBar the share of the picture's power, 0..1
  /// @return the level
  public static NoiseLevel ofAlphaBar(double alphaBar) {
    return new NoiseLevel(Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
  }

  /// The level of Karras et al. 2022's process, as the network is shown it.
  ///
  /// @param sigma the noise added to a picture of full strength, finite, at least 0
  /// @return the level
  public static NoiseLevel ofSigma(double sigma) {
    double signal = 1 / Math.sqrt(sigma * sigma + 1);
    return new NoiseLevel(signal, sigma * signal);
  }

  /// The share of the picture's power, in a process that keeps the sum of both powers at 1.
  ///
  /// @return `signal^2`
  public double alphaBar() {
    return signal * signal;
  }

  /// The noise for a picture of full strength.
  ///
  /// @return `noise / signal`; infinite if nothing is left of the picture
  public double sigma() {
    return noise / signal;
  }

  /// Half the logarithm of the signal-to-noise ratio (Lu et al. 2022, DPM-Solver, section 3.1).
  ///
  /// @return `ln(signal / noise)`; infinite for a clean picture
  public double lambda() {
    return Math.log(signal / noise);
  }

  /// A noisy image of this level.
  ///
  /// @param x0 the picture
  /// @param epsilon standard normal noise of the same shape
  /// @return `signal x0 + noise epsilon`
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor mix(Tensor x0, Tensor epsilon) {
    return WeightedSum.of(signal, x0, noise, epsilon);
  }

  /// Another noise level of the same picture with the same noise: the exact step if `x0` is right,
  /// and one step of Euler's method, of DDIM without noise (Song et al. 2021, eq. 12), and of
  /// first-order DPM-Solver++ (Lu et al. 2022, eq. 9) all the same.
  ///
  /// ```
  /// epsilon = (x - signal x_0) / noise
  /// x'      = signal' x_0 + noise' epsilon
  ///         = (noise' / noise) x + (signal' - signal noise' / noise) x_0
  /// ```
  ///
  /// @param x images of this level, which must have noise
  /// @param x0 the pictures in them
  /// @param to the other level
  /// @return the same images at the other level
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor toLevel(Tensor x, Tensor x0, NoiseLevel to) {
    double ratio = to.noise / noise;
    return WeightedSum.of(ratio, x, to.signal - signal * ratio, x0);
  }
}
