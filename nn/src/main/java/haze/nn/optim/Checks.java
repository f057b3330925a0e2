package haze.nn.optim;

/// The argument checks that the classes of this package share.
final class Checks {
  private Checks() {}

  /// A range that lies in arrays of one size.
  ///
  /// @param operation who asks
  /// @param from first index of the range
  /// @param to index after the last
  /// @param sizes of the arrays that it must lie in
  static void range(String operation, int from, int to, int... sizes) {
    for (int size : sizes) {
      if (size != sizes[0]) {
        throw new IllegalArgumentException(
            operation + ": arrays differ in size: " + sizes[0] + " and " + size);
      }
    }
    if (from < 0 || from > to || to > sizes[0]) {
      throw new IllegalArgumentException(
          operation + ": no range " + from + " to " + to + " in " + sizes[0] + " elements");
    }
  }

  /// The number of a step.
  ///
  /// @param operation who asks
  /// @param step must be at least 1
  static void step(String operation, long step) {
    if (step < 1) {
      throw new IllegalArgumentException(operation + ": steps count from 1, not " + step);
    }
  }

  /// A finite number that is not negative.
  ///
  /// @param what the number's name
  /// @param value must be finite and at least 0
  /// @return the value
  static double notNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + ": expected at least 0, not " + value);
    }
    return value;
  }

  /// A part of something that keeps less than all of it.
  ///
  /// @param what the number's name
  /// @param value must be at least 0 and below 1
  /// @return the value
  static double belowOne(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + ": expected 0 <= x < 1, not " + value);
    }
    return value;
  }
}
