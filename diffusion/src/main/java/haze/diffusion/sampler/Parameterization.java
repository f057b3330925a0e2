package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.WeightedSum;
import haze.tensor.Tensor;

/// How a sampler understands the network: which quantity the output is, and what is done to keep
/// the guess at the picture in range.
///
/// A network that also learned a variance answers with twice the channels, the second half of which
/// is about the variance ([AncestralSampler] reads it); here only the first half counts.
public interface Parameterization {
  /// The pictures that the network expects at the end.
  ///
  /// @param x the images that it was shown, `[n, h, w, c]`
  /// @param output its answer, `[n, h, w, c]` or `[n, h, w, 2c]`
  /// @param level the images' noise level
  /// @return `x_0`, clipped if this reading clips
  /// @throws IllegalArgumentException if the shapes do not fit
  Tensor x0(Tensor x, Tensor output, NoiseLevel level);

  /// The noise that the network sees, as it said, whatever becomes of the picture by clipping.
  ///
  /// @param x the images that it was shown, `[n, h, w, c]`
  /// @param output its answer, `[n, h, w, c]` or `[n, h, w, 2c]`
  /// @param level the images' noise level
  /// @return `epsilon`
  /// @throws IllegalArgumentException if the shapes do not fit
  Tensor epsilon(Tensor x, Tensor output, NoiseLevel level);

  /// For a network trained on a Markov chain, where `signal^2 + noise^2 = 1`.
  ///
  /// @param prediction what it predicts
  /// @param clip keeps the guess at the picture in range
  /// @return the reading
  static Parameterization of(Prediction prediction, Clip clip) {
    return new Parameterization() {
      @Override
      public Tensor x0(Tensor x, Tensor output, NoiseLevel level) {
        double alphaBar = level.alphaBar();
        return clip.apply(
            WeightedSum.of(
                prediction.x0FromXt(alphaBar),
                x,
                prediction.x0FromOutput(alphaBar),
                LearnedVariance.half(output, x, 0)));
      }

      @Override
      public Tensor epsilon(Tensor x, Tensor output, NoiseLevel level) {
        double alphaBar = level.alphaBar();
        return WeightedSum.of(
            prediction.epsilonFromXt(alphaBar),
            x,
            prediction.epsilonFromOutput(alphaBar),
            LearnedVariance.half(output, x, 0));
      }
    };
  }

  /// For a network trained on the straight line from picture to noise, where `signal + noise = 1`:
  /// it predicts the velocity `epsilon - x_0`, see [haze.diffusion.process.RectifiedFlow].
  Parameterization FLOW =
      new Parameterization() {
        @Override
        public Tensor x0(Tensor x, Tensor output, NoiseLevel level) {
          return WeightedSum.of(1, x, -level.noise(), output);
        }

        @Override
        public Tensor epsilon(Tensor x, Tensor output, NoiseLevel level) {
          return WeightedSum.of(1, x, level.signal(), output);
        }
      };
}
