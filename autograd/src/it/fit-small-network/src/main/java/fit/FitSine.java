package fit;

import haze.autograd.LinearOp;
import haze.autograd.MeanSquaredError;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Tensor;

/// A network of one hidden layer, `y = w2 silu(w1 x + b1) + b2`, fits `sin x` on [-pi, pi] by
/// gradient descent with momentum: tensors and the tape, nothing else of Haze.
final class FitSine {
  private static final int POINTS = 128;
  private static final int HIDDEN = 32;
  private static final int STEPS = 3000;
  private static final float RATE = 0.02f;
  private static final float MOMENTUM = 0.9f;

  private FitSine() {}

  public static void main(String[] args) {
    Tensor x = Tensor.zeros(POINTS, 1);
    Tensor y = Tensor.zeros(POINTS, 1);
    for (int i = 0; i < POINTS; i++) {
      double angle = Math.PI * (2.0 * i / (POINTS - 1) - 1);
      x.set((float) angle, i, 0);
      y.set((float) Math.sin(angle), i, 0);
    }
    Tensor[] parameters = {
      new Rng(7, 0, 0, 0).normal(Tensor.zeros(1, HIDDEN)),
      new Rng(7, 1, 0, 0).normal(Tensor.zeros(HIDDEN)),
      new Rng(7, 2, 0, 0).normal(Tensor.zeros(HIDDEN, 1)).times((float) Math.sqrt(1.0 / HIDDEN)),
      Tensor.zeros(1)
    };
    Tensor[] gradients = new Tensor[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      gradients[i] = parameters[i].copy().fill(0);
    }
    BufferPool pool = new BufferPool();
    float loss = 0;
    for (int step = 1; step <= STEPS; step++) {
      // What the last step moved by, times the momentum, is what this step's gradient is added to.
      for (Tensor gradient : gradients) {
        gradient.copyFrom(gradient.times(MOMENTUM));
      }
      try (Tape tape = Tape.recording(pool)) {
        Variable[] p = new Variable[parameters.length];
        for (int i = 0; i < p.length; i++) {
          p[i] = tape.watch(parameters[i], gradients[i]);
        }
        Variable hidden = Silu.apply(tape, LinearOp.apply(tape, tape.constant(x), p[0], p[1]));
        Variable output = LinearOp.apply(tape, hidden, p[2], p[3]);
        Variable error = MeanSquaredError.apply(tape, output, tape.constant(y));
        tape.backward(error);
        loss = error.value().item();
      }
      for (int i = 0; i < parameters.length; i++) {
        parameters[i].copyFrom(parameters[i].minus(gradients[i].times(RATE)));
      }
      if (step % 500 == 0) {
        System.out.printf("step %d  mean squared error %.6f%n", step, loss);
      }
    }
    if (!(loss < 1e-3f)) {
      throw new AssertionError("the network does not fit sin x: mean squared error " + loss);
    }
  }
}
