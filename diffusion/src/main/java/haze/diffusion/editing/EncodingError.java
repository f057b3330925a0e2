package haze.diffusion.editing;

import haze.diffusion.process.WeightedSum;
import haze.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/// How good an encoding is.
///
/// @param mean the mean of the encoding's elements; of noise 0
/// @param deviation their standard deviation; of noise 1
/// @param error the mean absolute difference of the reconstruction from the original, of pixels
///   from -1 to 1
public record EncodingError(double mean, double deviation, double error) {
  /// Measures an encoding.
  ///
  /// @throws IllegalArgumentException if shapes differ
  public static EncodingError of(Tensor original, Tensor encoding, Tensor reconstruction) {
    double error = 0;
    for (float difference : WeightedSum.of(1, original, -1, reconstruction).toArray()) {
      error += Math.abs(difference);
    }
    double sum = 0;
    double squares = 0;
    for (float value : encoding.toArray()) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / encoding.size();
    return new EncodingError(
        mean, Math.sqrt(squares / encoding.size() - mean * mean), error / original.size());
  }

  /// {@return the same for people}
  public List<String> lines() {
    return List.of(
        String.format(
            Locale.ROOT,
            "encoding        mean %.4f, standard deviation %.4f (noise: 0 and 1)",
            mean,
            deviation),
        String.format(
            Locale.ROOT,
            "reconstruction  mean absolute error %.5f, of pixels from -1 to 1",
            error));
  }
}
