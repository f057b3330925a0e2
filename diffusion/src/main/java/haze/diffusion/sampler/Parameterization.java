package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.WeightedSum;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Optional;

/// Which quantity a network's output is.
@FunctionalInterface
public interface Parameterization {
  /// Understands an output.
  ///
  /// @param x the images that the network was evaluated for, `[n, h, w, c]`
  /// @param output its output, `[n, h, w, c]` or `[n, h, w, 2c]`
  /// @param level the images' noise level
  /// @throws IllegalArgumentException if the shapes do not fit
  Denoised denoised(Tensor x, Tensor output, NoiseLevel level);

  /// {@return the denoiser that evaluates a network of this parameterization}
  default Denoiser denoiser(Network network) {
    return (x, level, timestep) -> denoised(x, network.predict(x, timestep), level);
  }

  /// For a network trained on a Markov chain, where `signal^2 + noise^2 = 1`. If it has learned a
  /// variance, its output has twice the channels: for every pixel first those of the prediction,
  /// then those of the variance.
  ///
  /// @param prediction what it predicts
  /// @param clip keeps the predicted `x_0` in range
  static Parameterization of(Prediction prediction, Clip clip) {
    return (x, output, level) -> {
      double alphaBar = level.alphaBar();
      int channels = x.shape().rank() == 0 ? 0 : x.dim(-1);
      boolean learned = channels > 0 && output.dim(-1) == 2 * channels;
      Tensor predicted = learned ? half(output, channels, 0) : output;
      return new Denoised(
          clip.apply(
              WeightedSum.of(
                  prediction.x0FromXt(alphaBar), x, prediction.x0FromOutput(alphaBar), predicted)),
          WeightedSum.of(
              prediction.epsilonFromXt(alphaBar),
              x,
              prediction.epsilonFromOutput(alphaBar),
              predicted),
          learned ? Optional.of(half(output, channels, 1)) : Optional.empty());
    };
  }

  private static Tensor half(Tensor output, int channels, int which) {
    Shape shape = output.shape().with(-1, channels);
    Tensor half = Tensor.zeros(shape.dims());
    for (int i = 0; i < half.size(); i++) {
      int pixel = i / channels;
      half.data()[i] =
          output.data()[output.offset() + (2 * pixel + which) * channels + i % channels];
    }
    return half;
  }

  /// For a network trained on the straight line from clean image to noise, where `signal + noise =
  /// 1`: it predicts the velocity `epsilon - x_0`, see [haze.diffusion.process.RectifiedFlow].
  Parameterization FLOW =
      (x, output, level) ->
          new Denoised(
              WeightedSum.of(1, x, -level.noise(), output),
              WeightedSum.of(1, x, level.signal(), output),
              Optional.empty());
}
