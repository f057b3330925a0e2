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

  /// Adds numbers of which the mean and its standard error are known (Chan et al. 1979).
  void add(int numbers, double ofNumbers, double standardError) {
    double difference = ofNumbers - mean;
    int sum = Math.addExact(count, numbers);
    mean += difference * numbers / sum;
    squares += difference * difference * count * numbers / sum;
    squares += numbers == 1 ? 0 : standardError * standardError * numbers * (numbers - 1);
    count = sum;
  }

  int count() {
    return count;
  }

  double mean() {
    return mean;
  }

  /// {@return the standard error of the mean; NaN for fewer than two numbers}
  double standardError() {
    return Math.sqrt(squares / (count - 1) / count);
  }

  /// Both, in another unit.
  BoundResult.Estimate times(double unit) {
    return new BoundResult.Estimate(unit * mean, unit * standardError());
  }
}
