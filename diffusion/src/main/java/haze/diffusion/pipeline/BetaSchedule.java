package haze.diffusion.pipeline;

import haze.diffusion.process.NoiseSchedule;
import java.util.Locale;

/// The noise schedules that have a name in a scheduler's file (`"beta_schedule"` in diffusers).
@SuppressWarnings("ImmutableEnumChecker") // Its functions are pure.
public enum BetaSchedule {
  /// Betas in even steps.
  LINEAR("linear", true, true, (t, start, end) -> NoiseSchedule.linear(t, start, end)),
  /// Square roots of beta in even steps.
  SCALED_LINEAR("linear in the square root", true, true, NoiseSchedule::scaledLinear),
  /// Nichol & Dhariwal's, [NoiseSchedule#cosine].
  COSINE("cosine", false, true, (t, _, _) -> NoiseSchedule.cosine(t)),
  /// GeoDiff's, [NoiseSchedule#sigmoidBetas].
  SIGMOID("sigmoid", true, false, NoiseSchedule::sigmoidBetas),
  /// [NoiseSchedule#laplace].
  LAPLACE("laplace", false, false, (t, _, _) -> NoiseSchedule.laplace(t)),
  /// [NoiseSchedule#exponential].
  EXPONENTIAL("exponential", false, false, (t, _, _) -> NoiseSchedule.exponential(t)),
  /// [NoiseSchedule#logSnr], which no scheduler of diffusers knows by name.
  LOG_SNR("even steps of log-SNR", false, false, (t, _, _) -> NoiseSchedule.logSnr(t));

  private final String description;
  private final boolean hasRange;
  private final boolean common;
  private final Rule rule;

  @FunctionalInterface
  private interface Rule {
    NoiseSchedule of(int timesteps, double start, double end);
  }

  BetaSchedule(String description, boolean hasRange, boolean common, Rule rule) {
    this.description = description;
    this.hasRange = hasRange;
    this.common = common;
    this.rule = rule;
  }

  /// {@return a word or a few, for people}
  public String description() {
    return description;
  }

  /// {@return whether the schedule depends on its first and last beta}
  public boolean hasRange() {
    return hasRange;
  }

  /// {@return whether all of diffusers' schedulers know it by name}
  public boolean isCommon() {
    return common;
  }

  /// {@return the schedule of T timesteps}
  ///
  /// @param start the first beta, in (0, 1); it does not matter to schedules without a range
  /// @param end the last beta, in (0, 1); it does not matter to schedules without a range
  /// @throws IllegalArgumentException if a number is outside its range
  public NoiseSchedule schedule(int timesteps, double start, double end) {
    return rule.of(timesteps, start, end);
  }

  /// {@return the name on the command line, such as `scaled-linear`}
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
