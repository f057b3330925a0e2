package haze.autograd;

import haze.tensor.Convolution;
import haze.tensor.Reduce;
import haze.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `y = convolution(x, weight) + bias [+ shift of the image] [+ residual]` over NHWC images.
///
/// The two additions that follow a convolution in a residual block, the time embedding's (one
/// number an image and channel) and the block's input, are made while the result is in the cache:
/// nothing else reads the plain convolution, so neither costs memory or a pass over it.
///
/// Backward: [Convolution] has the formulas for x and weight; `dshift` is the sum of dy over the
/// pixels of an image, `dbias` the sum of that over the images, `dresidual = dy`.
public record ConvolutionOp(
    Variable x,
    Variable weight,
    Variable bias,
    @Nullable Variable shift,
    @Nullable Variable residual,
    Convolution convolution,
    Variable y)
    implements Operation {

  /// {@return the convolution alone, `[n, oh, ow, cout]`}
  ///
  /// @param convolution stride and padding
  /// @param x images `[n, h, w, cin]`
  /// @param weight `[kh, kw, cin, cout]`
  /// @param bias `[cout]`
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(
      Tape tape, Convolution convolution, Variable x, Variable weight, Variable bias) {
    return apply(tape, convolution, x, weight, bias, null, null);
  }

  /// {@return the convolution and what is added to it, `[n, oh, ow, cout]`}
  ///
  /// @param shift `[n, cout]`, added to every pixel of its image, or null
  /// @param residual `[n, oh, ow, cout]`, or null
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(
      Tape tape,
      Convolution convolution,
      Variable x,
      Variable weight,
      Variable bias,
      @Nullable Variable shift,
      @Nullable Variable residual) {
    Supplier<Tensor> value =
        () ->
            convolution.forward(
                tape,
                x.value(),
                weight.value(),
                bias.value(),
                shift == null ? null : shift.value(),
                residual == null ? null : residual.value());
    Variable output = tape.output(value, x, weight, bias, shift, residual);
    return tape.record(new ConvolutionOp(x, weight, bias, shift, residual, convolution, output));
  }

  @Override
  public void backward(Tape tape) {
    Tensor dy = y.gradient();
    boolean shifted = shift != null && shift.needsGradient();
    if (bias.needsGradient() || shifted) {
      Tensor dShift = Reduce.sumPixels(tape, dy);
      if (bias.needsGradient()) {
        bias.addGradient(tape, Reduce.sumTo(tape, dShift, bias.shape()));
      }
      if (shift != null) {
        shift.addGradient(tape, dShift);
      } else {
        tape.release(dShift);
      }
    }
    if (weight.needsGradient()) {
      convolution.backwardWeight(tape, x.value(), dy, weight.gradientToAddTo(tape));
    }
    if (x.needsGradient()) {
      x.addGradient(tape, convolution.backwardData(tape, x.shape(), weight.value(), dy));
    }
    if (residual != null) {
      residual.addGradient(tape, y.takeGradient());
    }
  }
}
