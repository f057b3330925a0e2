package haze.nn;

import haze.autograd.ConvolutionOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Convolution;
import org.jspecify.annotations.Nullable;

/// A convolution over NHWC images with a square kernel.
public final class Conv2d extends Module {
  private final Convolution convolution;
  private final Parameter weight;
  private final Parameter bias;

  /// A layer with parameters `weight` and `bias`.
  ///
  /// @param in channels of the argument
  /// @param out channels of the result
  /// @param kernel edge of the kernel
  /// @param convolution stride and padding
  public Conv2d(int in, int out, int kernel, Convolution convolution) {
    this(in, out, kernel, convolution, false);
  }

  /// A layer that may be the last of a residual branch.
  ///
  /// @param in channels of the argument
  /// @param out channels of the result
  /// @param kernel edge of the kernel
  /// @param convolution stride and padding
  /// @param zeroInit whether it is, see [ParameterVector#initialize]
  public Conv2d(int in, int out, int kernel, Convolution convolution, boolean zeroInit) {
    this.convolution = convolution;
    int fanIn = kernel * kernel * in;
    weight =
        register(
            "weight",
            Parameter.uniform(Parameter.Role.KERNEL, fanIn, zeroInit, kernel, kernel, in, out));
    bias = register("bias", Parameter.uniform(Parameter.Role.VECTOR, fanIn, zeroInit, out));
  }

  /// Applies the layer.
  ///
  /// @param tape the tape
  /// @param x images `[n, h, w, in]`
  /// @return `[n, oh, ow, out]`
  /// @throws IllegalArgumentException if x has other channels or is too small
  public Variable forward(Tape tape, Variable x) {
    return forward(tape, x, null, null);
  }

  /// Applies the layer and adds to its result.
  ///
  /// @param tape the tape
  /// @param x images `[n, h, w, in]`
  /// @param shift `[n, out]`, added to every pixel of its image, or null
  /// @param residual images of the result's shape, or null
  /// @return `[n, oh, ow, out]`
  /// @throws IllegalArgumentException if shapes do not fit
  public Variable forward(
      Tape tape, Variable x, @Nullable Variable shift, @Nullable Variable residual) {
    return ConvolutionOp.apply(
        tape, convolution, x, tape.leaf(weight.value()), tape.leaf(bias.value()), shift, residual);
  }
}
