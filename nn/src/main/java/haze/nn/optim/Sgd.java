package haze.nn.optim;

import java.util.Map;

/// Gradient descent, plain, with momentum or with Nesterov's momentum; as `torch.optim.SGD` without
/// dampening.
///
/// ```
/// g = gradient + weightDecay w
/// b = momentum b + g
/// w = w - rate b                    or, Nesterov's:  w = w - rate (g + momentum b)
/// ```
public final class Sgd implements Optimizer {
  private final int size;
  private final float momentum;
  private final float weightDecay;
  private final boolean nesterov;
  private final float[] buffer;

  /// Plain gradient descent of `size` weights, `w = w - rate gradient`, which remembers nothing.
  public Sgd(int size) {
    this(size, 0, 0, false);
  }

  /// An optimizer of `size` weights.
  ///
  /// @param momentum at least 0, below 1; with 0 nothing is remembered
  /// @param weightDecay at least 0
  /// @param nesterov Nesterov's formula; needs momentum
  /// @throws IllegalArgumentException if a coefficient is out of range
  public Sgd(int size, double momentum, double weightDecay, boolean nesterov) {
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("sgd: Nesterov's step needs a momentum above 0");
    }
    this.size = size;
    this.momentum = (float) Checks.belowOne("sgd: momentum", momentum);
    this.weightDecay = (float) Checks.notNegative("sgd: weight decay", weightDecay);
    this.nesterov = nesterov;
    this.buffer = new float[momentum == 0 ? 0 : size];
  }

  @Override
  public void update(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to) {
    Checks.range("sgd", from, to, size, values.length, gradient.length);
    Checks.step("sgd", step);
    float rate = (float) Checks.notNegative("sgd: learning rate", learningRate);
    if (momentum == 0) {
      plain(values, gradient, from, to, gradientScale, weightDecay, rate);
    } else if (nesterov) {
      ahead(values, gradient, buffer, from, to, gradientScale, weightDecay, momentum, rate);
    } else {
      heavy(values, gradient, buffer, from, to, gradientScale, weightDecay, momentum, rate);
    }
  }

  private static void plain(
      float[] w,
      float[] gradient,
      int from,
      int to,
      float gradientScale,
      float weightDecay,
      float rate) {
    for (int i = from; i < to; i++) {
      w[i] -= rate * (gradientScale * gradient[i] + weightDecay * w[i]);
    }
  }

  private static void heavy(
      float[] w,
      float[] gradient,
      float[] b,
      int from,
      int to,
      float gradientScale,
      float weightDecay,
      float momentum,
      float rate) {
    for (int i = from; i < to; i++) {
      float g = gradientScale * gradient[i] + weightDecay * w[i];
      float move = momentum * b[i] + g;
      b[i] = move;
      w[i] -= rate * move;
    }
  }

  private static void ahead(
      float[] w,
      float[] gradient,
      float[] b,
      int from,
      int to,
      float gradientScale,
      float weightDecay,
      float momentum,
      float rate) {
    for (int i = from; i < to; i++) {
      float g = gradientScale * gradient[i] + weightDecay * w[i];
      float move = momentum * b[i] + g;
      b[i] = move;
      w[i] -= rate * (g + momentum * move);
    }
  }

  @Override
  public Map<String, float[]> state() {
    return momentum == 0 ? Map.of() : Map.of("momentum_buffer", buffer);
  }
}
