package haze.diffusion.process;

/// A noise schedule at all times between its timesteps: the log-SNR is a line from each to the
/// next.
///
/// The limit of ever more steps needs it: the continuous bound and the probability flow. A time is
/// the timestep t that the network gets, a number from 1 to T; of [NoiseSchedule#logSnr] all are on
/// one line. `alphaBar = sigmoid(ln SNR)`.
public final class ContinuousSchedule {
  /// Of timestep t at index t - 1, falling.
  private final double[] logSnr;

  /// The times between the timesteps of a schedule.
  ///
  /// @throws IllegalArgumentException if it has a single timestep, or no signal at T, where the
  ///   log-SNR is infinite
  public ContinuousSchedule(NoiseSchedule schedule) {
    int last = schedule.timesteps();
    if (last < 2) {
      throw new IllegalArgumentException("continuous schedule: of a single timestep");
    }
    if (schedule.alphaBar(last) == 0) {
      throw new IllegalArgumentException(
          "continuous schedule: ends without signal, where the log-SNR is infinite");
    }
    logSnr = new double[last];
    for (int t = 1; t <= last; t++) {
      logSnr[t - 1] = StrictMath.log(schedule.snr(t));
    }
  }

  /// {@return `ln SNR` at t = 1, the largest}
  public double first() {
    return logSnr[0];
  }

  /// {@return `ln SNR` at T, the smallest}
  public double last() {
    return logSnr[logSnr.length - 1];
  }

  /// {@return the time of a log-SNR, from 1 to T}
  ///
  /// @param value between [#last] and [#first]; beyond them, by rounding, the end is meant
  public double time(double value) {
    int low = 0;
    int high = logSnr.length - 1;
    if (value >= logSnr[low]) {
      return 1;
    }
    if (value <= logSnr[high]) {
      return logSnr.length;
    }
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (logSnr[middle] >= value) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return 1 + low + (logSnr[low] - value) / (logSnr[low] - logSnr[high]);
  }

  /// {@return the share of the image's power at a log-SNR, `1 / (1 + e^-value)`}
  public static double alphaBar(double value) {
    return 1 / (1 + StrictMath.exp(-value));
  }
}
