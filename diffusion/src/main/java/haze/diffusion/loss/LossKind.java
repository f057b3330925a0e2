package haze.diffusion.loss;

import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import java.util.function.Function;
import java.util.function.IntFunction;

/// The losses by name, one row each. `docs/add-a-loss.md` adds one.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum LossKind {
  /// [SimpleLoss].
  SIMPLE(
      "simple",
      "the squared error of the prediction",
      new OnChain(Variance.FIXED, m -> new SimpleLoss(m.schedule, m.prediction))),
  /// [MinSnrLoss].
  MIN_SNR(
      "min-snr",
      "the same, weighted by the signal-to-noise ratio up to --min-snr-gamma",
      new OnChain(Variance.FIXED, m -> new MinSnrLoss(m.schedule, m.prediction, m.minSnrGamma))),
  /// [BoundLoss].
  BOUND(
      "bound",
      "the variational bound, for the best likelihood",
      new OnChain(Variance.ANY, m -> new BoundLoss(m.schedule, m.prediction, m.variance))),
  /// [HybridLoss].
  HYBRID(
      "hybrid",
      "simple, and the bound for a learned variance",
      new OnChain(Variance.LEARNED, m -> new HybridLoss(m.schedule, m.prediction))),
  /// [FlowMatching].
  FLOW(
      "flow",
      "flow matching, straight lines in the place of a Markov chain",
      new OnFlow(FlowMatching::new));

  private final String label;
  private final String description;
  private final Factory factory;

  LossKind(String label, String description, Factory factory) {
    this.label = label;
    this.description = description;
    this.factory = factory;
  }

  /// A model of a Markov chain.
  ///
  /// @param schedule how much noise each step adds
  /// @param prediction what the network predicts
  /// @param variance the variance of a reverse step
  /// @param minSnrGamma the largest weight of [#MIN_SNR]
  public record Chain(
      NoiseSchedule schedule,
      Prediction prediction,
      ReverseVariance variance,
      double minSnrGamma) {}

  /// The variance of a reverse step that a loss goes with.
  public enum Variance {
    /// One that is not learned.
    FIXED,
    /// A learned one.
    LEARNED,
    /// Either.
    ANY;

    /// {@return whether a variance goes with the loss}
    public boolean admits(ReverseVariance variance) {
      return this == ANY || (this == LEARNED) == ChainObjective.isLearned(variance);
    }
  }

  /// Makes the objective.
  private sealed interface Factory {}

  private record OnChain(Variance variance, Function<Chain, Objective> make) implements Factory {}

  private record OnFlow(IntFunction<Objective> make) implements Factory {}

  /// {@return what the loss does, in a line for help}
  public String description() {
    return description;
  }

  /// {@return whether it is for straight lines, [haze.diffusion.process.RectifiedFlow], and not for
  /// a Markov chain}
  public boolean isFlow() {
    return factory instanceof OnFlow;
  }

  /// {@return whether the variational bound is in it, as in all that can learn a variance}
  public boolean hasBound() {
    return factory instanceof OnChain chain && chain.variance != Variance.FIXED;
  }

  /// {@return whether it needs a learned variance}
  public boolean learnsVariance() {
    return factory instanceof OnChain chain && chain.variance == Variance.LEARNED;
  }

  /// {@return whether it is for Markov chains with a variance of the reverse steps}
  public boolean admits(ReverseVariance variance) {
    return factory instanceof OnChain chain && chain.variance.admits(variance);
  }

  /// {@return the objective on a Markov chain}
  ///
  /// @throws IllegalArgumentException if the loss is for flow matching or its variance another
  public Objective onChain(Chain model) {
    return switch (factory) {
      case OnFlow _ ->
          throw new IllegalArgumentException(
              "training: the loss " + this + " is for straight lines, not for a Markov chain");
      case OnChain _ when !admits(model.variance) ->
          throw new IllegalArgumentException(
              "training: the loss "
                  + this
                  + " "
                  + (learnsVariance()
                      ? "learns a variance, expected learned_range"
                      : "can't learn a variance"));
      case OnChain chain -> chain.make.apply(model);
    };
  }

  /// {@return the objective of flow matching}
  ///
  /// @param timesteps T
  /// @throws IllegalArgumentException if the loss is for a Markov chain
  public Objective onFlow(int timesteps) {
    return switch (factory) {
      case OnChain _ ->
          throw new IllegalArgumentException(
              "training: the loss " + this + " is for a Markov chain, not for straight lines");
      case OnFlow flow -> flow.make.apply(timesteps);
    };
  }

  /// {@return the name in files and on the command line, such as `min-snr`}
  @Override
  public String toString() {
    return label;
  }
}
