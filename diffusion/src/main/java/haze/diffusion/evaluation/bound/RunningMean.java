package haze.diffusion.evaluation.bound;

/// A mean and its standard error, of numbers that come one after the other and are not kept
/// (Welford 1962).
final class RunningMean {
  private int count;
  private double mean;
  private double squares;

  void add(double value) {
    count++;
    double difference = value - mean;
    mean += difference / count;
    squares += difference * (value - mean);
  }

  int count() {
    return count;
  }

  double mean() {
    return mean;
  }

  /// The standard deviation of the numbers by the square root of their count; NaN for less than
  /// two.
  double standardError() {
    return Math.sqrt(squares / (count - 1) / count);
  }

  /// Both, in another unit.
  BoundResult.Estimate times(double unit) {
    return new BoundResult.Estimate(unit * mean, unit * standardError());
  }
}
