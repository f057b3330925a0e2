package haze.diffusion.process;

/// Noise levels in the convention of EDM: noise of standard deviation sigma is added to an unscaled
/// image, `x = x_0 + sigma epsilon` (Karras et al. 2022, "Elucidating the Design Space of
/// Diffusion-Based Generative Models").
///
/// It is the same process as `x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) epsilon`, every
/// image divided by `sqrt(alphaBar_t)`.
public final class Sigmas {
  /// Karras et al. 2022, table 1: how much shorter steps are at low noise, where errors weigh most.
  private static final double RHO = 7;

  private Sigmas() {}

  /// {@return n levels, falling from `sigmaMax` to `sigmaMin`; a single one is `sigmaMax`}
  ///
  /// Even steps in `sigma^(1/7)` (Karras et al. 2022, eq. 5 with rho = 7; EDM uses 0.002 to 80):
  ///
  /// ```
  /// sigma_i = ( max^(1/rho) + i / (n - 1) (min^(1/rho) - max^(1/rho)) )^rho,   i = 0 .. n-1
  /// ```
  ///
  /// @param count n, at least 1
  /// @param sigmaMin positive
  /// @param sigmaMax above `sigmaMin`, finite
  /// @throws IllegalArgumentException if the count is not positive or the levels do not rise from
  ///   above 0
  public static double[] karras(int count, double sigmaMin, double sigmaMax) {
    if (count < 1) {
      throw new IllegalArgumentException("Karras sigmas: not a positive number: " + count);
    }
    if (!(sigmaMin > 0 && sigmaMin < sigmaMax && sigmaMax < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "Karras sigmas: expected 0 < min < max: " + sigmaMin + " and " + sigmaMax);
    }
    double high = StrictMath.pow(sigmaMax, 1 / RHO);
    double low = StrictMath.pow(sigmaMin, 1 / RHO);
    double[] sigmas = new double[count];
    for (int i = 0; i < count; i++) {
      double share = count == 1 ? 0 : i / (count - 1.0);
      sigmas[i] = StrictMath.pow(high + share * (low - high), RHO);
    }
    return sigmas;
  }

  /// {@return `alphaBar = 1 / (1 + sigma^2)`, in [0, 1]; [NoiseSchedule#sigma] is the inverse}
  ///
  /// @param sigma the level, at least 0
  public static double alphaBar(double sigma) {
    return 1 / (1 + sigma * sigma);
  }
}
