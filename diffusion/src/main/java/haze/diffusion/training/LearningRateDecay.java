package haze.diffusion.training;

import haze.nn.optim.LearningRateSchedule;

/// What becomes of the learning rate after its warm-up, by name, one row each.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum LearningRateDecay {
  /// [LearningRateSchedule.LinearWarmUp].
  CONSTANT(
      "constant",
      "it stays",
      (peak, warmUp, _, _) -> new LearningRateSchedule.LinearWarmUp(peak, warmUp)),
  /// [LearningRateSchedule.LinearDecay].
  LINEAR(
      "linear",
      "it falls along a line to 0 at the last step",
      (peak, warmUp, from, steps) ->
          new LearningRateSchedule.LinearDecay(peak, warmUp, Math.max(warmUp, from), steps)),
  /// [LearningRateSchedule.CosineDecay].
  COSINE(
      "cosine",
      "it falls as half a cosine to 0 at the last step",
      (peak, warmUp, from, steps) ->
          new LearningRateSchedule.CosineDecay(peak, warmUp, Math.max(warmUp, from), steps)),
  /// [LearningRateSchedule.InverseSquareRoot], which does not depend on how many steps there are: a
  /// run that is made longer goes on as if it had been planned so.
  INVERSE_SQRT(
      "inverse-sqrt",
      "it falls with the root of the step from --decay-from on",
      (peak, warmUp, from, _) ->
          from == 0
              ? new LearningRateSchedule.LinearWarmUp(peak, warmUp)
              : new LearningRateSchedule.InverseSquareRoot(peak, warmUp, from));

  private final String label;
  private final String description;
  private final Factory make;

  @FunctionalInterface
  private interface Factory {
    LearningRateSchedule of(double peak, int warmUp, int decayFrom, int steps);
  }

  LearningRateDecay(String label, String description, Factory make) {
    this.label = label;
    this.description = description;
    this.make = make;
  }

  /// {@return what becomes of the rate, in words for help}
  public String description() {
    return description;
  }

  /// {@return the schedule of a run}
  ///
  /// @throws IllegalArgumentException if a fall does not end after it begins
  static LearningRateSchedule of(TrainingSettings settings) {
    return settings
        .get(Settings.LR_SCHEDULE)
        .make
        .of(
            settings.get(Settings.LEARNING_RATE),
            settings.get(Settings.WARM_UP_STEPS),
            settings.get(Settings.DECAY_FROM),
            settings.get(Settings.STEPS));
  }

  /// {@return settings with what others give; with another schedule than before, the step from
  /// which the rate falls is the new one's, not the old one's}
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the step is missing, or for nothing
  static TrainingSettings with(TrainingSettings settings, TrainingSettings given) {
    LearningRateDecay before = settings.get(Settings.LR_SCHEDULE);
    TrainingSettings all = settings.with(given);
    LearningRateDecay now = all.get(Settings.LR_SCHEDULE);
    if (given.given(Settings.DECAY_FROM).isPresent()) {
      if (now == CONSTANT) {
        throw Settings.DECAY_FROM.invalid("is for --lr-schedule linear, cosine or inverse-sqrt");
      }
    } else if (now != before) {
      all = all.with(Settings.DECAY_FROM, 0);
    }
    if (given.given(Settings.LR_SCHEDULE).isPresent()
        && now == INVERSE_SQRT
        && all.get(Settings.DECAY_FROM) == 0) {
      throw Settings.LR_SCHEDULE.invalid("is inverse-sqrt, which needs --decay-from");
    }
    return all;
  }

  /// {@return the name in files and on the command line, such as `inverse-sqrt`}
  @Override
  public String toString() {
    return label;
  }
}
