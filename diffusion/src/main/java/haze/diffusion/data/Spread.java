package haze.diffusion.data;

import java.util.stream.IntStream;

/// Numbers that are spread evenly over a larger range: of images that lie sorted, some of each
/// kind.
public final class Spread {
  /// Its multiples, without their whole parts, fill 0 to 1 evenly. Not the golden ratio, which
  /// spreads the timesteps of the same images elsewhere.
  private static final double ROOT = Math.sqrt(2);

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

  /// {@return one number of each of `some` even parts of 0 to `count - 1`, each time at another
  /// place in its part} These are to be measured. Even steps would meet one kind alone of what
  /// takes turns: the even and the odd numbers of MNIST's training file are images of different
  /// collections of writers.
  ///
  /// @param some at most `count`, so that no two are the same
  public static int[] sample(int count, int some) {
    return IntStream.range(0, some)
        .map(
            i -> {
              int start = at(i, some, count);
              double place = i * ROOT % 1;
              return start + (int) (place * (at(i + 1, some, count) - start));
            })
        .toArray();
  }
}
