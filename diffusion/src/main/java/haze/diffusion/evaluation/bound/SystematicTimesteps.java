package haze.diffusion.evaluation.bound;

import haze.tensor.Rng;

/// Which timesteps an image is measured at, if all of them cost too much.
///
/// The bound is a sum over timesteps, which some of its terms estimate: with the probability `p_t`
/// that term t is among them, the sum of their `L / p_t` is unbiased (Horvitz & Thompson 1952). The
/// probabilities are
///
/// ```
/// p_t = min(1, c / t),   c such that the probabilities add up to the number of timesteps wanted
/// ```
///
/// because terms fall about as 1/t: they are `(SNR(t-1) - SNR(t)) / 2` times the squared error of
/// the predicted `x_0` (Kingma et al. 2021, "Variational Diffusion Models", eq. 13), a difference
/// that falls steeply and an error that rises. So the first c timesteps, where most of the bound
/// is, are always measured, `t = 1` among them; the others by systematic sampling: points at a
/// distance of 1, shifted by a random number for each image, on a line on which timestep t is `p_t`
/// long, so that they are evenly spaced in `ln t`. Timesteps of one image are never close together
/// then, so that their sum varies much less than that of independent draws; and all images together
/// are measured at all timesteps.
public final class SystematicTimesteps {
  /// The purpose of the shifts' random numbers, see [Rng]: the letters "COMB".
  static final int PURPOSE = 0x434F4D42;

  /// A probability that is so close to 1 is 1, but for rounding.
  private static final double ROUNDING = 1e-9;

  private final int measured;

  /// `p_t` at index t.
  private final double[] probabilities;

  /// A selection.
  ///
  /// @param timesteps T
  /// @param measured how many of them each image is measured at, 2..T; T for all; 1 only if T is 1
  /// @throws IllegalArgumentException if `measured` is out of range
  public SystematicTimesteps(int timesteps, int measured) {
    if (timesteps < 1 || measured < Math.min(2, timesteps) || measured > timesteps) {
      throw new IllegalArgumentException(
          "timesteps of the bound: "
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
    // The first timestep is always measured; so is each further one for which c / t is 1 or more,
    // which leaves fewer draws for the rest.
    int certain = 1;
    while (certain < timesteps
        && measured - certain >= (certain + 1) * tail[certain + 1] * (1 - ROUNDING)) {
      certain++;
    }
    for (int t = 1; t <= timesteps; t++) {
      probabilities[t] = t <= certain ? 1 : (measured - certain) / (tail[certain + 1] * t);
    }
  }

  /// {@return T, the number of timesteps that there are}
  public int timesteps() {
    return probabilities.length - 1;
  }

  /// {@return the number of timesteps that each image is measured at, 1..T}
  public int measured() {
    return measured;
  }

  /// {@return `p_t`, the probability that an image is measured at a timestep, above 0 and at most
  /// 1; 1 for t = 1; its term is weighted by `1 / p_t`}
  ///
  /// @param t the timestep, 1..T
  public double probability(int t) {
    return probabilities[t];
  }

  /// {@return the timesteps of an image: [#measured] different ones, rising from 1}
  public int[] timesteps(long seed, int image) {
    return timesteps(new Rng(seed, PURPOSE, 0, image).fraction());
  }

  /// The timesteps at the points shift, shift + 1, .. of a line on which timestep t is `p_t` long;
  /// those that are always measured are not on it.
  ///
  /// @param shift in [0, 1)
  int[] timesteps(double shift) {
    int[] selected = new int[measured];
    int count = 0;
    double point = shift;
    double end = 0;
    for (int t = 1; t < probabilities.length; t++) {
      if (probabilities[t] == 1) {
        selected[count++] = t;
      } else {
        end += probabilities[t];
        if (end > point) {
          selected[count++] = t;
          point++;
        }
      }
    }
    return selected;
  }
}
