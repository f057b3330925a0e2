package haze.diffusion.study;

import haze.tensor.Rng;
import haze.tensor.Tensor;

/// Distributions of points in the plane that are known at a glance, for [TinyDiffusion]: each is a
/// curve within [-2, 2], of about the variance of the noise, drawn with a broad pen.
public enum PlaneData {
  /// A spiral: `r = 2 a / (9 pi / 2)` for angles a from `3 pi / 2` to `9 pi / 2`.
  SWISS_ROLL("Swiss roll") {
    @Override
    double[] curve(int i, double u) {
      double angle = 1.5 * Math.PI * (1 + 2 * u);
      double radius = 2 * angle / (4.5 * Math.PI);
      return new double[] {radius * Math.cos(angle), radius * Math.sin(angle)};
    }
  },

  /// Two half circles, each of which begins within the other.
  TWO_MOONS("two moons") {
    @Override
    double[] curve(int i, double u) {
      // The second is the first, turned around the middle of both.
      double side = i % 2 == 0 ? 1 : -1;
      double x = Math.cos(Math.PI * u) - 0.5;
      double y = Math.sin(Math.PI * u) - 0.25;
      return new double[] {side * 4 / 3 * x, side * 4 / 3 * y};
    }
  };

  private static final double PEN = 0.06;

  private final String title;

  PlaneData(String title) {
    this.title = title;
  }

  /// A point of the curve.
  ///
  /// @param i the number of the point
  /// @param u how far along the curve it lies, in [0, 1)
  abstract double[] curve(int i, double u);

  /// Draws points, `[n, 2]`.
  ///
  /// @param n how many
  /// @param rng the random numbers; the same ones give the same points
  public Tensor points(int n, Rng rng) {
    Tensor uniform = rng.uniform(Tensor.zeros(n, 3));
    Tensor points = Tensor.zeros(n, 2);
    for (int i = 0; i < n; i++) {
      double[] on = curve(i, uniform.get(i, 0));
      for (int axis = 0; axis < 2; axis++) {
        points.set((float) (on[axis] + PEN * (2 * uniform.get(i, 1 + axis) - 1)), i, axis);
      }
    }
    return points;
  }

  @Override
  public String toString() {
    return title;
  }
}
