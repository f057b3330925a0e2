package haze.nn.optim;

import java.util.Map;

/// Adam: a rate of its own for each weight, from the running means of its gradient and of its
/// square (Kingma & Ba 2015); as `torch.optim.Adam` without amsgrad.
///
/// ```
/// g = gradient + weightDecay w
/// m = beta1 m + (1 - beta1) g                 m^ = m / (1 - beta1^s)
/// v = beta2 v + (1 - beta2) g^2               v^ = v / (1 - beta2^s)
/// w = w - rate m^ / (sqrt(v^) + epsilon)
/// ```
public final class Adam implements Optimizer {
  /// The paper's beta1, the default.
  public static final double BETA1 = 0.9;

  /// The paper's beta2, the default.
  public static final double BETA2 = 0.999;

  /// The paper's epsilon, the default.
  public static final double EPSILON = 1e-8;

  private final Moments moments;
  private final double weightDecay;

  /// An optimizer of `size` weights with the paper's coefficients and without weight decay.
  public Adam(int size) {
    this(size, BETA1, BETA2, EPSILON, 0);
  }

  /// An optimizer of `size` weights with other coefficients of the formula above.
  ///
  /// @param beta1 at least 0, below 1
  /// @param beta2 at least 0, below 1
  /// @param epsilon at least 0
  /// @param weightDecay at least 0
  /// @throws IllegalArgumentException if a coefficient is out of range
  public Adam(int size, double beta1, double beta2, double epsilon, double weightDecay) {
    this.moments = new Moments("adam", size, beta1, beta2, epsilon);
    this.weightDecay = Checks.notNegative("adam: weight decay", weightDecay);
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
    moments.update(values, gradient, gradientScale, learningRate, step, weightDecay, 1, from, to);
  }

  @Override
  public Map<String, float[]> state() {
    return moments.state();
  }
}
