package haze.diffusion.training;

import java.util.ArrayList;
import java.util.List;

/// Means of the losses of single images by their noise level: of each quarter of the timesteps.
/// What a network is bad at shows here, and not in the loss of a batch, which has all levels in it.
final class LossByLevel {
  static final int QUARTERS = 4;

  private final int timesteps;
  private final double[] sums = new double[QUARTERS];
  private final int[] counts = new int[QUARTERS];

  /// @param timesteps T
  LossByLevel(int timesteps) {
    this.timesteps = timesteps;
  }

  /// Adds those of a batch.
  ///
  /// @param t the timestep of every image, 1..T
  /// @param losses the loss of every image, before it was weighted
  void add(int[] t, float[] losses) {
    for (int i = 0; i < t.length; i++) {
      int quarter = (int) ((t[i] - 1L) * QUARTERS / timesteps);
      sums[quarter] += losses[i];
      counts[quarter]++;
    }
  }

  /// {@return the mean of each quarter since the last call, the least noise first; NaN where there
  /// was no image}
  List<Double> take() {
    List<Double> means = new ArrayList<>();
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      means.add(sums[quarter] / counts[quarter]);
      sums[quarter] = 0;
      counts[quarter] = 0;
    }
    return means;
  }
}
