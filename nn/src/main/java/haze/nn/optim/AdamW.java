package haze.nn.optim;

import java.util.Map;

/// Adam whose weight decay acts on the weight itself instead of going through the running means
/// (Loshchilov & Hutter 2019); as `torch.optim.AdamW` without amsgrad.
///
/// ```
/// w = (1 - rate weightDecay) w, then Adam's step without weight decay
/// ```
public final class AdamW implements Optimizer {
  /// PyTorch's weight decay, the default.
  public static final double WEIGHT_DECAY = 0.01;

  private final Moments moments;
  private final double weightDecay;

  /// An optimizer of `size` weights with Adam's coefficients and PyTorch's weight decay.
  public AdamW(int size) {
    this(size, Adam.BETA1, Adam.BETA2, Adam.EPSILON, WEIGHT_DECAY);
  }

  /// An optimizer of `size` weights with other coefficients, see [Adam].
  ///
  /// @param beta1 at least 0, below 1
  /// @param beta2 at least 0, below 1
  /// @param epsilon at least 0
  /// @param weightDecay at least 0
  /// @throws IllegalArgumentException if a coefficient is out of range
  public AdamW(int size, double beta1, double beta2, double epsilon, double weightDecay) {
    this.moments = new Moments("adamw", size, beta1, beta2, epsilon);
    this.weightDecay = Checks.notNegative("adamw: weight decay", weightDecay);
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
    moments.update(
        values,
        gradient,
        gradientScale,
        learningRate,
        step,
        0,
        1 - learningRate * weightDecay,
        from,
        to);
  }

  @Override
  public Map<String, float[]> state() {
    return moments.state();
  }
}
