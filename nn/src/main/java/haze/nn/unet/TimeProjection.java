package haze.nn.unet;

import haze.autograd.Gather;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Module;
import haze.nn.Parameter;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// Numbers, such as timesteps, as vectors that layers can tell apart.
abstract class TimeProjection extends Module {
  private final int width;

  private TimeProjection(int width) {
    this.width = width;
  }

  int width() {
    return width;
  }

  /// {@return `[n, width]`}
  abstract Variable forward(Tape tape, float[] numbers);

  static TimeProjection of(UNetConfig config) {
    int channels = config.blockOutChannels().getFirst();
    return switch (config.get(UNetSwitch.TIME_EMBEDDING_TYPE)) {
      case POSITIONAL -> new Positional(channels, config.flipSinToCos(), config.freqShift());
      case FOURIER -> new Fourier(channels);
      case LEARNED ->
          new Learned(config.get(UNetSwitch.NUM_TRAIN_TIMESTEPS).orElseThrow(), channels);
    };
  }

  /// Sinusoids (Vaswani et al. 2017, section 3.5):
  ///
  /// ```
  /// s = [cos(t f_0), ..., cos(t f_(half-1)), sin(t f_0), ..., sin(t f_(half-1))]
  /// f_i = 10000^(-i / (half - freqShift)),   half = width / 2
  /// ```
  static final class Positional extends TimeProjection {
    private static final double LONGEST_PERIOD = 10_000;

    private final boolean flipSinToCos;
    private final double freqShift;

    Positional(int width, boolean flipSinToCos, double freqShift) {
      super(width);
      this.flipSinToCos = flipSinToCos;
      this.freqShift = freqShift;
    }

    @Override
    Variable forward(Tape tape, float[] numbers) {
      Tensor out = tape.allocate(Shape.of(numbers.length, width()));
      return tape.constant(sinusoids(out, numbers, flipSinToCos, freqShift));
    }

    /// The sinusoids `s`. Angles are products in float32, as in diffusers: for a t of 1000 that
    /// makes a difference of 3e-5.
    ///
    /// @param out `[n, width]`; the last of an odd width is zero
    /// @param flipSinToCos whether the cosines come first, as above
    static Tensor sinusoids(Tensor out, float[] numbers, boolean flipSinToCos, double freqShift) {
      int width = out.dim(1);
      int half = width / 2;
      out.fill(0);
      for (int i = 0; i < half; i++) {
        float exponent = (float) -StrictMath.log(LONGEST_PERIOD) * i / (float) (half - freqShift);
        float frequency = (float) StrictMath.exp(exponent);
        for (int image = 0; image < numbers.length; image++) {
          float angle = numbers[image] * frequency;
          int at = out.offset() + image * width + i;
          out.data()[flipSinToCos ? at + half : at] = (float) StrictMath.sin(angle);
          out.data()[flipSinToCos ? at : at + half] = (float) StrictMath.cos(angle);
        }
      }
      return out;
    }
  }

  /// Sinusoids of the logarithm with random frequencies that are not learned (Tancik et al. 2020;
  /// Song et al. 2021), `[sin(a), cos(a)]` with `a_i = 2 pi w_i ln t`.
  static final class Fourier extends TimeProjection {
    /// The deviation of the frequencies in diffusers.
    private static final float DEVIATION = 16;

    private final Parameter weight;

    Fourier(int frequencies) {
      super(2 * frequencies);
      weight = register("weight", Parameter.normal(DEVIATION, frequencies));
    }

    @Override
    Variable forward(Tape tape, float[] numbers) {
      int half = width() / 2;
      Tensor out = tape.allocate(Shape.of(numbers.length, width()));
      for (int i = 0; i < numbers.length; i++) {
        if (!(numbers[i] > 0)) {
          throw new IllegalArgumentException(
              "u-net: timestep " + numbers[i] + ", expected above 0: the embedding is of ln t");
        }
        float log = (float) StrictMath.log(numbers[i]);
        for (int k = 0; k < half; k++) {
          float angle = log * weight.value().get(k) * 2 * (float) Math.PI;
          out.data()[out.offset() + i * width() + k] = (float) StrictMath.sin(angle);
          out.data()[out.offset() + i * width() + half + k] = (float) StrictMath.cos(angle);
        }
      }
      return tape.constant(out);
    }
  }

  /// A table with a learned row for each whole number.
  static final class Learned extends TimeProjection {
    private final Parameter weight;

    Learned(int rows, int width) {
      super(width);
      weight = register("weight", Parameter.table(rows, width));
    }

    @Override
    Variable forward(Tape tape, float[] numbers) {
      int[] rows = new int[numbers.length];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = (int) numbers[i];
        if (rows[i] != numbers[i] || rows[i] < 0 || rows[i] >= weight.value().dim(0)) {
          throw new IllegalArgumentException(
              "u-net: timestep "
                  + numbers[i]
                  + ", expected a whole number from 0 to "
                  + (weight.value().dim(0) - 1)
                  + ", which the network has learned");
        }
      }
      return Gather.apply(tape, tape.leaf(weight.value()), rows);
    }
  }
}
