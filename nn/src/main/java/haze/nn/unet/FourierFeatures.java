package haze.nn.unet;

import haze.autograd.Operation;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// An image beside waves of its values, which tell a level of 256 from the next: `[n, h, w, 5c]`,
/// first the c channels of the image, then those of each wave.
///
/// ```
/// u = 127.5 (x + 1)                             the value in levels, 0..255 for x in [-1, 1]
/// y = x, sin(pi u), cos(pi u), sin(2 pi u), cos(2 pi u)
/// ```
///
/// (Kingma et al. 2021, "Variational Diffusion Models", appendix C.) At little noise most of the
/// bound is which side of a level a value lies on, and a convolution of x alone does not resolve
/// `2/255`. The paper's frequencies, `2^n pi x` with n = 7 and 8, have periods of two levels and of
/// one for levels that are 2/256 apart; those of an image in [-1, 1] are 2/255 apart, and so these
/// are the same times 255/256. Every level then has the same phase, or one of two: the shorter wave
/// is the distance to the nearest level, the longer one says which of two neighbours it is.
///
/// Backward, with s, c of the longer wave and S, C of the shorter:
///
/// ```
/// dx = dy_0 + 127.5 pi ( c dy_1 - s dy_2 + 2 (C dy_3 - S dy_4) )
/// ```
record FourierFeatures(Variable x, Variable y) implements Operation {
  /// How many channels become of one.
  static final int PER_CHANNEL = 5;

  /// The levels from 0 to 1.
  private static final double LEVELS = 127.5;

  /// {@return the image and its waves}
  ///
  /// @param x images `[n, h, w, c]`
  static Variable apply(Tape tape, Variable x) {
    Tensor image = x.value();
    int channels = image.dim(-1);
    Shape shape = image.shape().with(-1, PER_CHANNEL * channels);
    Tensor out = tape.allocate(shape);
    for (int i = 0; i < image.size(); i++) {
      float value = image.data()[image.offset() + i];
      double level = LEVELS * (value + 1.0);
      // Within the longer period of two levels, so that the sine is of a small angle.
      double phase = Math.PI * (level - 2 * Math.rint(level / 2));
      double sine = StrictMath.sin(phase);
      double cosine = StrictMath.cos(phase);
      int at = out.offset() + i / channels * PER_CHANNEL * channels + i % channels;
      out.data()[at] = value;
      out.data()[at + channels] = (float) sine;
      out.data()[at + 2 * channels] = (float) cosine;
      out.data()[at + 3 * channels] = (float) (2 * sine * cosine);
      out.data()[at + 4 * channels] = (float) (1 - 2 * sine * sine);
    }
    return tape.record(new FourierFeatures(x, tape.output(out, x)));
  }

  @Override
  public void backward(Tape tape) {
    if (!x.needsGradient()) {
      return;
    }
    Tensor dx = tape.allocate(x.shape());
    Tensor dy = y.gradient();
    Tensor value = y.value();
    float[] d = dy.data();
    float[] v = value.data();
    int channels = x.shape().dim(-1);
    for (int i = 0; i < dx.size(); i++) {
      int at = i / channels * PER_CHANNEL * channels + i % channels;
      int from = dy.offset() + at;
      int of = value.offset() + at;
      double longer =
          (double) v[of + 2 * channels] * d[from + channels]
              - (double) v[of + channels] * d[from + 2 * channels];
      double shorter =
          (double) v[of + 4 * channels] * d[from + 3 * channels]
              - (double) v[of + 3 * channels] * d[from + 4 * channels];
      dx.data()[dx.offset() + i] = (float) (d[from] + LEVELS * Math.PI * (longer + 2 * shorter));
    }
    x.addGradient(tape, dx);
  }
}
