package haze.nn.optim;

import java.util.Map;

/// The rule by which a gradient moves the weights, with the memory that the rule keeps per weight.
///
/// An optimizer is made for a number of weights and does not hold them. Between two steps it may be
/// saved and restored through [#state]; nothing else in it changes.
public sealed interface Optimizer permits Adam, AdamW, Sgd {
  /// Moves a range of the weights by one step. The ranges of a step must cover all weights once;
  /// they may be updated at the same time by different threads, and the result does not depend on
  /// how the weights are cut into ranges.
  ///
  /// @param values all weights; those of the range are replaced
  /// @param gradient all gradients, of the same size as `values`
  /// @param gradientScale the gradient is multiplied by it first: see [GradientClip#scale]
  /// @param learningRate of this step, at least 0: see [LearningRateSchedule]
  /// @param step which step this is, from 1
  /// @param from index of the range's first weight
  /// @param to index after its last weight
  /// @throws IllegalArgumentException if sizes, range, rate or step are impossible
  void update(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to);

  /// What the optimizer remembers, to be saved in a checkpoint; copying saved numbers into these
  /// arrays restores it.
  ///
  /// @return the arrays themselves by PyTorch's names, one number a weight; all zero at first
  Map<String, float[]> state();
}
