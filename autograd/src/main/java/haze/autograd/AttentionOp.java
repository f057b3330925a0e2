package haze.autograd;

import haze.tensor.Attention;
import haze.tensor.Tensor;

/// Scaled dot-product attention with several heads; [Attention] has the formulas of both
/// directions.
///
/// @param q queries `[n, length, channels]`
/// @param k keys
/// @param v values
/// @param probabilities `[n, heads, length, length]`
/// @param y `[n, length, channels]`
public record AttentionOp(Variable q, Variable k, Variable v, Tensor probabilities, Variable y)
    implements Operation {

  /// Attends.
  ///
  /// @param tape the tape
  /// @param q queries `[n, length, channels]`
  /// @param k keys, of the same shape
  /// @param v values, of the same shape
  /// @param heads number of heads, divides the channels
  /// @return `[n, length, channels]`
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
