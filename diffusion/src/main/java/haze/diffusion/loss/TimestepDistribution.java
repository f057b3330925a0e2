package haze.diffusion.loss;

import java.util.function.Function;

/// The samplers of timesteps by name, one row each.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum TimestepDistribution {
  /// [TimestepSampler.Uniform].
  UNIFORM("uniform", "each on its own", form -> new TimestepSampler.Uniform(form.timesteps)),
  /// [TimestepSampler.Stratified].
  STRATIFIED("stratified", "spread evenly", form -> new TimestepSampler.Stratified(form.timesteps)),
  /// [TimestepSampler.LogitNormal].
  LOGIT_NORMAL(
      "logit-normal",
      "most of them around a middle that --logit-mean sets",
      form -> new TimestepSampler.LogitNormal(form.timesteps, form.logitMean, form.uniformShare)),
  /// [TimestepSampler.Importance].
  IMPORTANCE(
      "importance",
      "by the size of their losses",
      form -> new TimestepSampler.Importance(form.timesteps));

  private final String label;
  private final String description;
  private final Function<Form, TimestepSampler> make;

  /// What a distribution is made of; each takes its part.
  ///
  /// @param timesteps T
  /// @param logitMean for [#LOGIT_NORMAL]
  /// @param uniformShare for [#LOGIT_NORMAL]
  public record Form(int timesteps, double logitMean, double uniformShare) {}

  TimestepDistribution(String label, String description, Function<Form, TimestepSampler> make) {
    this.label = label;
    this.description = description;
    this.make = make;
  }

  /// {@return how timesteps are drawn, in words for help}
  public String description() {
    return description;
  }

  /// {@return a sampler that has seen nothing}
  public TimestepSampler sampler(Form form) {
    return make.apply(form);
  }

  /// {@return the name in files and on the command line, such as `uniform`}
  @Override
  public String toString() {
    return label;
  }
}
