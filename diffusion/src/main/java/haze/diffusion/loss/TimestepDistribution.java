package haze.diffusion.loss;

import java.util.function.IntFunction;

/// The samplers of timesteps by name, one row each.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum TimestepDistribution {
  /// [TimestepSampler.Uniform].
  UNIFORM("uniform", "each on its own", TimestepSampler.Uniform::new),
  /// [TimestepSampler.Stratified].
  STRATIFIED("stratified", "spread evenly", TimestepSampler.Stratified::new),
  /// [TimestepSampler.Importance].
  IMPORTANCE("importance", "by the size of their losses", TimestepSampler.Importance::new);

  private final String label;
  private final String description;
  private final IntFunction<TimestepSampler> make;

  TimestepDistribution(String label, String description, IntFunction<TimestepSampler> make) {
    this.label = label;
    this.description = description;
    this.make = make;
  }

  /// {@return how timesteps are drawn, in words for help}
  public String description() {
    return description;
  }

  /// {@return a sampler that has seen nothing}
  ///
  /// @param timesteps T
  public TimestepSampler sampler(int timesteps) {
    return make.apply(timesteps);
  }

  /// {@return the name in files and on the command line, such as `uniform`}
  @Override
  public String toString() {
    return label;
  }
}
