package haze.autograd;

import haze.tensor.MatMul;
import haze.tensor.Reduce;
import haze.tensor.Tensor;

/// `y = x weight + bias` over the innermost axis: a fully connected layer.
///
/// Backward: `dx = dy weight^T`, `dweight = x^T dy`, `dbias = sum of the rows of dy`.
public record LinearOp(Variable x, Variable weight, Variable bias, Variable y)
    implements Operation {

  /// {@return `[..., out]`}
  ///
  /// @param x `[..., in]`
  /// @param weight `[in, out]`
  /// @param bias `[out]`
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(Tape tape, Variable x, Variable weight, Variable bias) {
    int out = weight.value().dim(-1);
    if (bias.value().shape().rank() != 1 || bias.value().dim(0) != out) {
      throw new IllegalArgumentException(
          "affine: bias " + bias.value().shape() + " for weight " + weight.value().shape());
    }
    Variable y =
        tape.output(() -> value(tape, x.value(), weight.value(), bias.value()), x, weight, bias);
    return tape.record(new LinearOp(x, weight, bias, y));
  }

  private static Tensor value(Tape tape, Tensor x, Tensor weight, Tensor bias) {
    int out = weight.dim(-1);
    Tensor y = tape.allocate(x.shape().with(-1, out));
    Tensor rows = y.reshape(-1, out);
    for (int i = 0; i < rows.dim(0); i++) {
      System.arraycopy(bias.data(), bias.offset(), y.data(), y.offset() + i * out, out);
    }
    MatMul.multiplyInto(tape, rows(x), false, weight, false, rows, true);
    return y;
  }

  @Override
  public void backward(Tape tape) {
    Tensor dy = rows(y.gradient());
    if (x.needsGradient()) {
      x.addGradient(
          tape, MatMul.multiply(tape, dy, false, weight.value(), true).reshape(x.shape()));
    }
    if (weight.needsGradient()) {
      MatMul.multiplyInto(
          tape, rows(x.value()), true, dy, false, weight.gradientToAddTo(tape), true);
    }
    if (bias.needsGradient()) {
      Tensor sum = Reduce.sumPixels(tape, dy.reshape(1, dy.dim(0), dy.dim(1)));
      bias.addGradient(tape, sum.reshape(bias.shape()));
    }
  }

  private static Tensor rows(Tensor x) {
    return x.reshape(x.size() / x.dim(-1), x.dim(-1));
  }
}
