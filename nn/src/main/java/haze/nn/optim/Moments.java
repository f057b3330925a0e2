package haze.nn.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The part that [Adam] and [AdamW] share: running means of the gradient and of its square, and the
/// loop over the weights.
final class Moments {
  private final String name;
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final float[] first;
  private final float[] second;

  Moments(String name, int size, double beta1, double beta2, double epsilon) {
    this.name = name;
    this.beta1 = Checks.belowOne(name + ": beta1", beta1);
    this.beta2 = Checks.belowOne(name + ": beta2", beta2);
    this.epsilon = Checks.notNegative(name + ": epsilon", epsilon);
    this.first = new float[size];
    this.second = new float[size];
  }

  /// {@return the running means of the gradient, the array itself}
  float[] first() {
    return first;
  }

  /// {@return both means by PyTorch's names, the arrays themselves}
  Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    state.put("exp_avg", first);
    state.put("exp_avg_sq", second);
    return Collections.unmodifiableMap(state);
  }

  /// One step, Kingma & Ba 2015, algorithm 1, with PyTorch's place for epsilon:
  ///
  /// ```
  /// g = gradientScale gradient + penalty w
  /// m = beta1 m + (1 - beta1) g
  /// v = beta2 v + (1 - beta2) g^2
  /// w = shrink w - rate / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon)
  /// ```
  ///
  /// The last fraction is expanded by `c = sqrt(1 - beta2^step)`, which leaves one division and one
  /// square root a weight.
  ///
  /// @param penalty weight decay that is part of the gradient
  /// @param shrink weight decay that is not: a factor of the weight
  void update(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      double penalty,
      double shrink,
      int from,
      int to) {
    Checks.range(name, from, to, first.length, values.length, gradient.length);
    Checks.step(name, step);
    Checks.notNegative(name + ": learning rate", learningRate);
    double c = Math.sqrt(1 - StrictMath.pow(beta2, (double) step));
    loop(
        values,
        gradient,
        first,
        second,
        from,
        to,
        gradientScale,
        (float) penalty,
        (float) shrink,
        (float) beta1,
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) (learningRate * c / (1 - StrictMath.pow(beta1, (double) step))),
        (float) (epsilon * c));
  }

  /// A loop of its own over nothing but arrays and floats: C2 turns it into vector code.
  private static void loop(
      float[] w,
      float[] gradient,
      float[] m,
      float[] v,
      int from,
      int to,
      float gradientScale,
      float penalty,
      float shrink,
      float beta1,
      float rest1,
      float beta2,
      float rest2,
      float rate,
      float epsilon) {
    for (int i = from; i < to; i++) {
      float g = gradientScale * gradient[i] + penalty * w[i];
      float mean = beta1 * m[i] + rest1 * g;
      float square = beta2 * v[i] + rest2 * (g * g);
      m[i] = mean;
      v[i] = square;
      w[i] = shrink * w[i] - rate * (mean / ((float) Math.sqrt(square) + epsilon));
    }
  }
}
