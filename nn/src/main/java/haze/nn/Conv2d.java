package haze.nn;

import haze.autograd.ConvolutionOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Convolution;
import org.jspecify.annotations.Nullable;

/// A convolution over NHWC images with a square kernel.
///
/// Parameters are `weight [kernel, kernel, in, out]` and, if it has one, `bias [out]`. Both start
/// uniform in ±1 / sqrt(kernel² in), as PyTorch's.
public final class Conv2d extends Module {
  private final Convolution convolution;
  private final Parameter weight;

  /// Not registered if the layer has none: zeros that stay.
  private final Parameter bias;

  /// A layer from `in` to `out` channels.
  ///
  /// @param kernel edge of the kernel
  /// @param convolution stride and padding
  public Conv2d(int in, int out, int kernel, Convolution convolution) {
    this(in, out, kernel, convolution, false);
  }

  /// A layer from `in` to `out` channels.
  ///
  /// @param kernel edge of the kernel
  /// @param convolution stride and padding
  /// @param zeroInit whether it is the last of a residual branch, see [ParameterVector#initialize]
  public Conv2d(int in, int out, int kernel, Convolution convolution, boolean zeroInit) {
    this(in, out, kernel, convolution, zeroInit, true);
  }

  /// {@return a layer from `in` to `out` channels without a bias}
  ///
  /// @param kernel edge of the kernel
  /// @param convolution stride and padding
  public static Conv2d withoutBias(int in, int out, int kernel, Convolution convolution) {
    return new Conv2d(in, out, kernel, convolution, false, false);
  }

  private Conv2d(
      int in, int out, int kernel, Convolution convolution, boolean zeroInit, boolean biased) {
    this.convolution = convolution;
    int fanIn = kernel * kernel * in;
    weight =
        register(
            "weight",
            Parameter.uniform(Parameter.Role.KERNEL, fanIn, zeroInit, kernel, kernel, in, out));
    bias =
        biased
            ? register("bias", Parameter.uniform(Parameter.Role.VECTOR, fanIn, zeroInit, out))
            : Parameter.constant(0, out);
  }

  /// {@return `[n, oh, ow, out]`}
  ///
  /// @param x images `[n, h, w, in]`
  /// @throws IllegalArgumentException if x has other channels or is too small
  public Variable forward(Tape tape, Variable x) {
    return forward(tape, x, null, null);
  }

  /// {@return the convolution and what is added to it, `[n, oh, ow, out]`}
  ///
  /// @param x images `[n, h, w, in]`
  /// @param shift `[n, out]`, added to every pixel of its image, or null
  /// @param residual `[n, oh, ow, out]`, or null
  /// @throws IllegalArgumentException if the shapes do not fit
  public Variable forward(
      Tape tape, Variable x, @Nullable Variable shift, @Nullable Variable residual) {
    return ConvolutionOp.apply(
        tape, convolution, x, tape.leaf(weight.value()), tape.leaf(bias.value()), shift, residual);
  }
}
