package haze.nn.optim;

/// The checks of arguments that the classes of this package share; each throws an
/// IllegalArgumentException that begins with the operation or the number's name.
final class Checks {
  private Checks() {}

  /// Requires that all sizes are equal and that `from` to `to` is a range in such an array.
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

  static void step(String operation, long step) {
    if (step < 1) {
      throw new IllegalArgumentException(operation + ": steps count from 1, not " + step);
    }
  }

  static double notNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + ": expected at least 0, not " + value);
    }
    return value;
  }

  static double belowOne(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + ": expected 0 <= x < 1, not " + value);
    }
    return value;
  }
}
