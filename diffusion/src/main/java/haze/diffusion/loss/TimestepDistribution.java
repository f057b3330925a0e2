package haze.diffusion.loss;

/// The samplers of timesteps by name, one row each.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum TimestepDistribution {
  /// [TimestepSampler.Uniform].
  UNIFORM("uniform", "each on its own", (timesteps, _) -> new TimestepSampler.Uniform(timesteps)),
  /// [TimestepSampler.Stratified].
  STRATIFIED(
      "stratified", "spread evenly", (timesteps, _) -> new TimestepSampler.Stratified(timesteps)),
  /// [TimestepSampler.LogitNormal].
  LOGIT_NORMAL(
      "logit-normal",
      "most of them around a middle that --logit-mean sets",
      TimestepSampler.LogitNormal::new),
  /// [TimestepSampler.Importance].
  IMPORTANCE(
      "importance",
      "by the size of their losses",
      (timesteps, _) -> new TimestepSampler.Importance(timesteps));

  private final String label;
  private final String description;
  private final Factory make;

  private interface Factory {
    TimestepSampler create(int timesteps, double logitMean);
  }

  TimestepDistribution(String label, String description, Factory make) {
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
  /// @param logitMean for [#LOGIT_NORMAL]
  public TimestepSampler sampler(int timesteps, double logitMean) {
    return make.create(timesteps, logitMean);
  }

  /// {@return the name in files and on the command line, such as `uniform`}
  @Override
  public String toString() {
    return label;
  }
}
