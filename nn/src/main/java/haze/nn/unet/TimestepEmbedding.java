package haze.nn.unet;

import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// Sinusoidal embedding of the timestep (Vaswani et al. 2017, section 3.5), then two fully
/// connected layers:
///
/// ```
/// s = [cos(t f_0), ..., cos(t f_(half-1)), sin(t f_0), ..., sin(t f_(half-1))]
/// f_i = 10000^(-i / (half - freqShift)),   half = width / 2
/// y = linear_2(silu(linear_1(s)))
/// ```
final class TimestepEmbedding extends Module {
  private static final double LONGEST_PERIOD = 10_000;

  private final int width;
  private final boolean flipSinToCos;
  private final double freqShift;
  private final Linear linear1;
  private final Linear linear2;

  TimestepEmbedding(int width, int out, boolean flipSinToCos, double freqShift) {
    this.width = width;
    this.flipSinToCos = flipSinToCos;
    this.freqShift = freqShift;
    linear1 = register("linear_1", new Linear(width, out));
    linear2 = register("linear_2", new Linear(out, out));
  }

  /// {@return `[n, out]`}
  ///
  /// @param timesteps one an image, from 0
  Variable forward(Tape tape, float[] timesteps) {
    Tensor sinusoids =
        sinusoids(
            tape.allocate(Shape.of(timesteps.length, width)), timesteps, flipSinToCos, freqShift);
    return linear2.forward(tape, Silu.apply(tape, linear1.forward(tape, tape.constant(sinusoids))));
  }

  /// The sinusoids `s`. Angles are products in float32, as in diffusers: for a t of 1000 that makes
  /// a difference of 3e-5.
  ///
  /// @param out `[n, width]`; the last of an odd width is zero
  /// @param flipSinToCos whether the cosines come first, as above
  static Tensor sinusoids(Tensor out, float[] timesteps, boolean flipSinToCos, double freqShift) {
    int width = out.dim(1);
    int half = width / 2;
    out.fill(0);
    for (int i = 0; i < half; i++) {
      float exponent = (float) -Math.log(LONGEST_PERIOD) * i / (float) (half - freqShift);
      float frequency = (float) Math.exp(exponent);
      for (int image = 0; image < timesteps.length; image++) {
        float angle = timesteps[image] * frequency;
        int at = out.offset() + image * width + i;
        out.data()[flipSinToCos ? at + half : at] = (float) Math.sin(angle);
        out.data()[flipSinToCos ? at : at + half] = (float) Math.cos(angle);
      }
    }
    return out;
  }
}
