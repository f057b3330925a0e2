package haze.diffusion.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Columns of numbers over rising steps, in so few buckets that a chart can draw them: of each
/// bucket the mean, the least and the greatest number of every column, so that no spike is lost.
///
/// All buckets but the last have the same number of rows. When there is no room for another bucket,
/// neighbours become one: the memory does not grow with the rows.
final class StepBuckets {
  /// A chart that is as wide as a screen has about two pixels for each.
  static final int MAX = 1024;

  private final int columns;
  private final long[] last = new long[MAX];
  private final double[][] sums;
  private final double[][] mins;
  private final double[][] maxs;
  private final int[][] counts;
  private int size = 1;
  private int buckets;
  private int rowsOfLast;

  /// Of no row.
  ///
  /// @param columns how many there are beside the step
  StepBuckets(int columns) {
    this.columns = columns;
    sums = new double[columns][MAX];
    mins = new double[columns][MAX];
    maxs = new double[columns][MAX];
    counts = new int[columns][MAX];
  }

  /// Adds the next row.
  ///
  /// @param step greater than that of the row before
  /// @param values one for each column; what is not finite is left out
  void add(long step, double[] values) {
    if (buckets == 0 || rowsOfLast == size) {
      if (buckets == MAX) {
        halve();
      }
      open();
    }
    int bucket = buckets - 1;
    last[bucket] = step;
    rowsOfLast++;
    for (int c = 0; c < columns; c++) {
      if (Double.isFinite(values[c])) {
        sums[c][bucket] += values[c];
        mins[c][bucket] = Math.min(mins[c][bucket], values[c]);
        maxs[c][bucket] = Math.max(maxs[c][bucket], values[c]);
        counts[c][bucket]++;
      }
    }
  }

  private void open() {
    for (int c = 0; c < columns; c++) {
      sums[c][buckets] = 0;
      mins[c][buckets] = Double.POSITIVE_INFINITY;
      maxs[c][buckets] = Double.NEGATIVE_INFINITY;
      counts[c][buckets] = 0;
    }
    buckets++;
    rowsOfLast = 0;
  }

  private void halve() {
    for (int to = 0; to < MAX / 2; to++) {
      int a = 2 * to;
      int b = a + 1;
      last[to] = last[b];
      for (int c = 0; c < columns; c++) {
        sums[c][to] = sums[c][a] + sums[c][b];
        mins[c][to] = Math.min(mins[c][a], mins[c][b]);
        maxs[c][to] = Math.max(maxs[c][a], maxs[c][b]);
        counts[c][to] = counts[c][a] + counts[c][b];
      }
    }
    buckets = MAX / 2;
    size *= 2;
    rowsOfLast = size;
  }

  /// {@return the number of rows of every bucket but the last}
  int size() {
    return size;
  }

  /// {@return the number of buckets}
  int buckets() {
    return buckets;
  }

  /// {@return the last step of each bucket}
  ///
  /// @param from the first bucket that is wanted
  List<Long> steps(int from) {
    return Arrays.stream(last, from, buckets).boxed().toList();
  }

  /// {@return the means of a column; null where no number is finite}
  ///
  /// @param from the first bucket that is wanted
  List<@Nullable Float> means(int column, int from) {
    List<@Nullable Float> means = new ArrayList<>();
    for (int b = from; b < buckets; b++) {
      means.add(number(column, b, sums[column][b] / counts[column][b]));
    }
    return means;
  }

  /// {@return the least numbers of a column; null where no number is finite}
  ///
  /// @param from the first bucket that is wanted
  List<@Nullable Float> mins(int column, int from) {
    return numbers(column, from, mins[column]);
  }

  /// {@return the greatest numbers of a column; null where no number is finite}
  ///
  /// @param from the first bucket that is wanted
  List<@Nullable Float> maxs(int column, int from) {
    return numbers(column, from, maxs[column]);
  }

  private List<@Nullable Float> numbers(int column, int from, double[] values) {
    List<@Nullable Float> numbers = new ArrayList<>();
    for (int b = from; b < buckets; b++) {
      numbers.add(number(column, b, values[b]));
    }
    return numbers;
  }

  /// As few digits as a chart needs.
  private @Nullable Float number(int column, int bucket, double value) {
    float number = (float) value;
    return counts[column][bucket] > 0 && Float.isFinite(number) ? number : null;
  }
}
