package haze.diffusion.data;

import java.util.stream.IntStream;

/// Numbers that are spread evenly over a larger range: of images that lie sorted, some of each
/// kind.
public final class Spread {
  private Spread() {}

  /// {@return the i-th of `some` numbers that are spread evenly over 0 to `count - 1`, from 0 on:
  /// `floor(i count / some)`}
  ///
  /// @param i from 0 to `some`, which gives `count`
  /// @param some positive
  public static int at(int i, int some, int count) {
    return (int) ((long) i * count / some);
  }

  /// {@return all of them}
  ///
  /// @param some at most `count`, so that no two are the same
  public static int[] over(int count, int some) {
    return IntStream.range(0, some).map(i -> at(i, some, count)).toArray();
  }
}
