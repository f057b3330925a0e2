package haze.diffusion.evaluation.bound;

import haze.tensor.Rng;

/// Which timesteps an image is measured at, if measuring it at all of them costs too much.
///
/// The bound is a sum over timesteps, and a sum can be estimated from some of its terms: with the
/// probability `p_t` that term t is among them, the sum of `L / p_t` over those that are is right
/// on average (Horvitz & Thompson 1952). How far off it is depends on the choice:
///
/// ```
/// p_t = min(1, c / t),   c such that the probabilities add up to the number of timesteps wanted
/// ```
///
/// because terms fall about as 1/t: they are `(SNR(t-1) - SNR(t)) / 2` times the squared error of
/// the picture (Kingma et al. 2021, "Variational Diffusion Models", eq. 13), a difference that
/// falls steeply and an error that rises. So the first c timesteps, where most of the bound is, are
/// always measured, `t = 1` among them; the others are met by a comb whose teeth are evenly spaced
/// in `ln t`, and which a random number shifts for each image. Its teeth are never close together,
/// so that their sum varies much less than that of independent draws; and all images together meet
/// all timesteps.
public final class SystematicTimesteps {
  /// The purpose of the shifts' random numbers, see [Rng]: the letters "COMB".
  static final int PURPOSE = 0x434F4D42;

  /// A probability that is so close to 1 is 1, but for rounding.
  private static final double ROUNDING = 1e-9;

  private final int measured;

  /// `p_t` at index t.
  private final double[] probabilities;

  /// A comb.
  ///
  /// @param timesteps T
  /// @param measured how many of them each image is measured at, 2..T; T for all; 1 only if T is 1
  /// @throws IllegalArgumentException if there are not as many
  public SystematicTimesteps(int timesteps, int measured) {
    if (timesteps < 1 || measured < Math.min(2, timesteps) || measured > timesteps) {
      throw new IllegalArgumentException(
          "timestep comb: "
              + measured
              + " of "
              + timesteps
              + " timesteps, expected "
              + Math.min(2, timesteps)
              + " to "
              + timesteps);
    }
    this.measured = measured;
    probabilities = new double[timesteps + 1];
    double[] tail = new double[timesteps + 2];
    for (int t = timesteps; t >= 1; t--) {
      tail[t] = tail[t + 1] + 1.0 / t;
    }
    // The first timestep is always measured; each further one for which c / t is 1 or more is too,
    // and
    // leaves fewer teeth for the rest.
    int certain = 1;
    while (certain < timesteps
        && measured - certain >= (certain + 1) * tail[certain + 1] * (1 - ROUNDING)) {
      certain++;
    }
    for (int t = 1; t <= timesteps; t++) {
      probabilities[t] = t <= certain ? 1 : (measured - certain) / (tail[certain + 1] * t);
    }
  }

  /// The number of timesteps that there are.
  ///
  /// @return T
  public int timesteps() {
    return probabilities.length - 1;
  }

  /// The number of timesteps that each image is measured at.
  ///
  /// @return 1..T
  public int measured() {
    return measured;
  }

  /// How likely an image is measured at a timestep: its term counts `1 / p_t` times.
  ///
  /// @param t the timestep, 1..T
  /// @return `p_t`, above 0 and at most 1; 1 for t = 1
  public double probability(int t) {
    return probabilities[t];
  }

  /// The timesteps of an image.
  ///
  /// @param seed the seed
  /// @param image the number of the image
  /// @return [#measured] different timesteps, rising from 1
  public int[] timesteps(long seed, int image) {
    return timesteps(new Rng(seed, PURPOSE, 0, image).fraction());
  }

  /// The timesteps that a comb with teeth at shift, shift + 1, .. meets on a line on which timestep
  /// t is `p_t` long; those that are always measured are not on it.
  ///
  /// @param shift in [0, 1)
  int[] timesteps(double shift) {
    int[] met = new int[measured];
    int count = 0;
    double tooth = shift;
    double end = 0;
    for (int t = 1; t < probabilities.length; t++) {
      if (probabilities[t] == 1) {
        met[count++] = t;
      } else {
        end += probabilities[t];
        if (end > tooth) {
          met[count++] = t;
          tooth++;
        }
      }
    }
    return met;
  }
}
