package haze.nn.optim;

import haze.nn.ParameterVector;
import haze.tensor.Workers;
import java.util.Map;
import java.util.function.IntFunction;

/// The rule by which a gradient moves the weights, with what it remembers between steps.
///
/// [Adam], [AdamW] and [Sgd] are here; any other rule is a class that implements this interface.
/// Sign descent, `w = w - rate sign(g)`:
///
/// {@snippet file="haze/nn/optim/OwnOptimizerTest.java" region="sign-descent"}
///
/// An optimizer is made for certain parameters, does not hold their values, and is a function of
/// its arguments and its [#state]. That is what makes a resumed training the same bits as one that
/// was never stopped, and a step the same bits for any number of threads.
public interface Optimizer {
  /// Makes an optimizer when the parameters are known. `Muon::new` is a factory, and so is
  /// `Factory.ofSize(Adam::new)`.
  @FunctionalInterface
  interface Factory {
    /// {@return a new optimizer, which has made no step}
    ///
    /// @param parameters those that it will move
    Optimizer create(ParameterVector parameters);

    /// {@return a factory of rules that treat all weights alike}
    ///
    /// @param rule from the number of weights, such as `n -> new Sgd(n, 0.9, 0, true)`
    static Factory ofSize(IntFunction<Optimizer> rule) {
      return parameters -> rule.apply(parameters.size());
    }
  }

  /// Moves the matrices of a rule that needs them whole, by one step, before the ranges of that
  /// step are updated: those that begin at `from <= i < to`. Does nothing where every weight moves
  /// on its own.
  ///
  /// @param values all weights
  /// @param gradient of all weights
  /// @param gradientScale factor of the gradient
  /// @param learningRate of this step, at least 0
  /// @param step number of this step, from 1
  /// @param workers share the matrices
  default void updateMatrices(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to,
      Workers workers) {}

  /// Moves the weights `from <= i < to` by one step, those of [#updateMatrices] excepted.
  ///
  /// The ranges of a step cover each weight once. They may be updated at the same time by different
  /// threads, so a range reads and writes nothing outside it, neither in the weights nor in the
  /// state; how the weights are cut into ranges must not change a bit.
  ///
  /// @param values all weights; those of the range are replaced
  /// @param gradient of all weights, `gradient.length == values.length`
  /// @param gradientScale factor of the gradient, see [GradientClip#scale]; 1: not clipped
  /// @param learningRate of this step, at least 0, see [LearningRateSchedule]
  /// @param step number of this step, from 1
  /// @throws IllegalArgumentException if sizes, range, rate or step are impossible
  void update(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to);

  /// Moves all weights by one step, on the calling thread and without clipping.
  ///
  /// @param values the weights, which are replaced
  /// @param gradient of the weights, `gradient.length == values.length`
  /// @param step number of this step, from 1
  /// @throws IllegalArgumentException if sizes, rate or step are impossible
  default void update(float[] values, float[] gradient, double learningRate, long step) {
    try (Workers alone = new Workers(1)) {
      updateMatrices(values, gradient, 1, learningRate, step, 0, values.length, alone);
    }
    update(values, gradient, 1, learningRate, step, 0, values.length);
  }

  /// What the optimizer remembers, which a checkpoint saves; overwriting these arrays with saved
  /// ones restores the optimizer.
  ///
  /// @return the arrays themselves, the same at each call, under PyTorch's names where it has the
  ///   rule; an empty map if nothing is remembered
  Map<String, float[]> state();
}
