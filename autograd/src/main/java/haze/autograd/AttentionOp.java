package haze.autograd;

import haze.tensor.Attention;
import haze.tensor.Tensor;

/// Scaled dot-product attention with several heads, `y = softmax(q k^T / sqrt(d)) v` for each head
/// of d channels. [Attention] has the formulas of both directions; `probabilities`, the softmax, is
/// `[n, heads, length, length]`.
public record AttentionOp(Variable q, Variable k, Variable v, Tensor probabilities, Variable y)
    implements Operation {

  /// {@return `[n, length, channels]`}
  ///
  /// @param q queries `[n, length, channels]`; keys k and values v have the same shape
  /// @param heads divides the channels
  /// @throws IllegalArgumentException if shapes differ or the heads do not divide the channels
  public static Variable apply(Tape tape, Variable q, Variable k, Variable v, int heads) {
    Attention.Result result = Attention.forward(tape, q.value(), k.value(), v.value(), heads);
    Variable y = tape.output(result.y(), q, k, v);
    if (!y.needsGradient()) {
      tape.release(result.probabilities());
    }
    return tape.record(new AttentionOp(q, k, v, result.probabilities(), y));
  }

  @Override
  public void backward(Tape tape) {
    Attention.Gradients gradients =
        Attention.backward(tape, q.value(), k.value(), v.value(), probabilities, y.gradient());
    tape.release(probabilities);
    q.addGradient(tape, gradients.dq());
    k.addGradient(tape, gradients.dk());
    v.addGradient(tape, gradients.dv());
  }
}
