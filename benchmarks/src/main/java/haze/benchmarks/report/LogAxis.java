package haze.benchmarks.report;

/// A logarithmic axis of a chart: where its values are among the pixels.
///
/// @param from one value
/// @param to another, larger one
/// @param fromPixel the place of the one
/// @param toPixel the place of the other, on either side
record LogAxis(double from, double to, double fromPixel, double toPixel) {
  double pixel(double value) {
    return fromPixel + Math.log(value / from) / Math.log(to / from) * (toPixel - fromPixel);
  }

  double value(double pixel) {
    return from * Math.pow(to / from, (pixel - fromPixel) / (toPixel - fromPixel));
  }

  /// Whether the pixels between two lie on the axis.
  boolean contains(double low, double high) {
    return low >= Math.min(fromPixel, toPixel) && high <= Math.max(fromPixel, toPixel);
  }
}
