package haze.diffusion.training;

import java.util.Locale;

/// The mean of the losses so far, in which each step counts 0.98 times as much as the next.
public final class SmoothedLoss {
  private static final double PAST = 0.98;

  private double sum;
  private double weight;

  /// Of no step.
  public SmoothedLoss() {}

  /// Adds the loss of the next step.
  public void add(double loss) {
    sum = PAST * sum + (1 - PAST) * loss;
    weight = PAST * weight + (1 - PAST);
  }

  /// {@return such as `loss 0.0425`; empty before the first step}
  @Override
  public String toString() {
    return weight == 0 ? "" : String.format(Locale.ROOT, "loss %.4f", sum / weight);
  }
}
