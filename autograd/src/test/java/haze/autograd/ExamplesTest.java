package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// The examples of the README and of the documentation.
class ExamplesTest {

  @Test
  void theGradientOfALoss() {
    // @start region="gradient"
    Tensor x = Tensor.of(Shape.of(3, 1), 1, 2, 3);
    Tensor target = Tensor.of(Shape.of(3, 1), 2, 4, 6);
    Tensor weight = Tensor.of(Shape.of(1, 1), 0.5f);
    Tensor gradient = Tensor.zeros(1, 1);
    try (Tape tape = Tape.recording(new BufferPool())) {
      Variable w = tape.watch(weight, gradient); // a parameter, and where its gradient goes
      Variable y = MatMulOp.apply(tape, tape.constant(x), w);
      Variable loss = MeanSquaredError.apply(tape, y, tape.constant(target));
      tape.backward(loss); // gradient += dloss/dweight
    }
    weight.copyFrom(weight.minus(gradient.times(0.1f))); // a step of gradient descent
    gradient.fill(0);
    // @end
    // d mean (x w - 2 x)^2 / dw = 2 (w - 2) mean x^2 = -14
    assertArrayEquals(new float[] {1.9f}, weight.toArray(), 1e-6f);
    assertEquals(0, gradient.item());
  }

  // @start region="fit"
  /// Fits `y = tanh(x a + b) c + d` to sin x on [-pi, pi] by gradient descent on the mean squared
  /// error, whose last value is returned.
  static float fitSine(int hidden, int steps, float rate) {
    int points = 64;
    Tensor x = Tensor.zeros(points, 1);
    Tensor target = Tensor.zeros(points, 1);
    for (int i = 0; i < points; i++) {
      double angle = Math.PI * (2.0 * i / (points - 1) - 1);
      x.set((float) angle, i, 0);
      target.set((float) Math.sin(angle), i, 0);
    }
    Tensor[] weights = {
      new Rng(1, 0, 0, 0).normal(Tensor.zeros(1, hidden)), // a
      new Rng(1, 0, 0, 1).normal(Tensor.zeros(hidden)), // b
      Tensor.zeros(hidden, 1), // c
      Tensor.zeros(1) // d
    };
    Tensor[] gradients = new Tensor[weights.length];
    for (int i = 0; i < weights.length; i++) {
      gradients[i] = Tensor.zeros(weights[i].shape().dims());
    }
    BufferPool pool = new BufferPool();
    float last = 0;
    for (int step = 0; step < steps; step++) {
      try (Tape tape = Tape.recording(pool)) {
        Variable[] w = new Variable[weights.length];
        for (int i = 0; i < w.length; i++) {
          w[i] = tape.watch(weights[i], gradients[i].fill(0));
        }
        Variable h = Tanh.apply(tape, LinearOp.apply(tape, tape.constant(x), w[0], w[1]));
        Variable y = LinearOp.apply(tape, h, w[2], w[3]);
        Variable loss = MeanSquaredError.apply(tape, y, tape.constant(target));
        tape.backward(loss);
        last = loss.value().item();
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i].copyFrom(weights[i].minus(gradients[i].times(rate)));
      }
    }
    return last;
  }

  // @end

  @Test
  void aSmallNetworkFitsASine() {
    float loss = fitSine(16, 3000, 0.1f);
    assertTrue(loss < 1e-3, () -> "loss " + loss);
  }
}
