package haze.diffusion.sampler;

import haze.tensor.Shape;
import haze.tensor.Tensor;

/// Takes apart what a network says that also learned a variance: prediction and variance side by
/// side in the channels.
final class LearnedVariance {
  private LearnedVariance() {}

  /// One half of an output's channels; the output itself if it has no more channels than the
  /// images.
  ///
  /// @param which 0 for the prediction, 1 for the variance
  static Tensor half(Tensor output, Tensor x, int which) {
    int channels = x.shape().rank() == 0 ? 0 : x.dim(-1);
    if (channels == 0 || output.dim(-1) != 2 * channels) {
      return output;
    }
    Shape shape = output.shape().with(-1, channels);
    Tensor half = Tensor.zeros(shape.dims());
    for (int i = 0; i < half.size(); i++) {
      int pixel = i / channels;
      half.data()[i] =
          output.data()[output.offset() + (2 * pixel + which) * channels + i % channels];
    }
    return half;
  }
}
