package haze.nn.unet;

import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Linear;
import haze.nn.Module;

/// The two fully connected layers behind a [TimeProjection] s, `y = linear_2(silu(linear_1(s)))`.
final class TimestepEmbedding extends Module {
  private final Linear linear1;
  private final Linear linear2;

  TimestepEmbedding(int width, int out) {
    linear1 = register("linear_1", new Linear(width, out));
    linear2 = register("linear_2", new Linear(out, out));
  }

  /// {@return `[n, out]`}
  ///
  /// @param projected `[n, width]`
  Variable forward(Tape tape, Variable projected) {
    return linear2.forward(tape, Silu.apply(tape, linear1.forward(tape, projected)));
  }
}
