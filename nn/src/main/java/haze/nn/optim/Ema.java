package haze.nn.optim;

/// An exponential moving average (EMA) of the weights. Samples of a diffusion model are drawn with
/// it, not with the weights that training moves (Ho et al. 2020, appendix B).
///
/// ```
/// average = average - (1 - decay) (average - weights)
/// ```
///
/// To be saved in a checkpoint: [#average]. The decay is a function of the step alone.
public final class Ema {
  private final EmaDecay decay;
  private final float[] average;

  /// An average that starts at these weights, which are copied.
  public Ema(float[] weights, EmaDecay decay) {
    this.average = weights.clone();
    this.decay = decay;
  }

  /// Updates the average of the weights `from <= i < to` after a step. The ranges of a step must
  /// cover each weight once; they may be updated at the same time by different threads, and the
  /// result does not depend on how the weights are cut into ranges.
  ///
  /// @param weights all of them
  /// @param step number of the step that has moved the weights, from 1
  /// @throws IllegalArgumentException if size, range or step are impossible
  public void update(float[] weights, long step, int from, int to) {
    Checks.range("ema", from, to, average.length, weights.length);
    double kept = decay.decay(step);
    if (kept == 0) {
      System.arraycopy(weights, from, average, from, to - from);
    } else {
      loop(average, weights, from, to, (float) (1 - kept));
    }
  }

  /// A loop of its own over nothing but arrays and floats: C2 turns it into vector code.
  private static void loop(float[] average, float[] weights, int from, int to, float part) {
    for (int i = from; i < to; i++) {
      average[i] -= part * (average[i] - weights[i]);
    }
  }

  /// {@return the array of averaged weights itself; overwriting it with saved ones restores them}
  public float[] average() {
    return average;
  }
}
