package haze.diffusion.study.chapter;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Independent draws whose mean is the number that is wanted.
///
/// @param values the draws
@SuppressWarnings("ArrayRecordComponent") // Nobody compares two.
record Draws(double[] values) {
  /// A number that is known.
  static Draws constant(double value, int n) {
    double[] values = new double[n];
    Arrays.fill(values, value);
    return new Draws(values);
  }

  /// {@return minus the logarithm of the mean, as a mean again: to first order, each draw moves it
  /// by its share of the sum}
  Draws minusLogMean() {
    double mean = mean();
    return new Draws(
        DoubleStream.of(values).map(w -> 1 - w / mean - StrictMath.log(mean)).toArray());
  }

  double mean() {
    return DoubleStream.of(values).sum() / values.length;
  }

  /// {@return the standard deviation of a draw}
  double deviation() {
    double mean = mean();
    return Math.sqrt(
        DoubleStream.of(values).map(v -> (v - mean) * (v - mean)).sum() / values.length);
  }

  /// {@return the standard error of the mean}
  double error() {
    return deviation() / Math.sqrt(values.length);
  }

  /// {@return the differences draw by draw: if both are of the same chains, what they have in
  /// common cancels}
  Draws minus(Draws other) {
    return new Draws(
        IntStream.range(0, values.length).mapToDouble(i -> values[i] - other.values[i]).toArray());
  }

  /// {@return the mean of the first draws, for each number of them}
  double[] runningMeans() {
    double[] sums = values.clone();
    Arrays.parallelPrefix(sums, Double::sum);
    return IntStream.range(0, sums.length).mapToDouble(i -> sums[i] / (i + 1)).toArray();
  }
}
