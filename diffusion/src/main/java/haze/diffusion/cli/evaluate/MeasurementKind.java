package haze.diffusion.cli.evaluate;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What `haze evaluate` measures, with the option that chooses it, and the options that only this
/// measurement has, or this and others: where several have one, it means the same in all.
@SuppressWarnings("ImmutableEnumChecker") // Its set stays as made.
enum MeasurementKind {
  CHAIN("the bound", "--images", "--batch", "--out", "--timesteps"),
  CONTINUOUS("--continuous", "--images", "--batch", "--out", "--timesteps"),
  FLOW("--ode", "--images", "--batch", "--out", "--steps", "--probes", "--dequantize"),
  SAMPLES(
      "--fid",
      "--steps",
      "--count",
      "--classifier",
      "--sampler",
      "--eta",
      "--spacing",
      "--class",
      "--guidance");

  private final String title;
  private final Set<String> options;

  MeasurementKind(String title, String... options) {
    this.title = title;
    this.options = Set.of(options);
  }

  /// {@return the name in messages}
  String title() {
    return title;
  }

  /// {@return what is wrong with an option for this measurement; empty if nothing is}
  ///
  /// @param option its longest name
  Optional<String> problem(String option) {
    List<String> of =
        Stream.of(values())
            .filter(kind -> kind.options.contains(option))
            .map(kind -> kind.title)
            .toList();
    if (of.isEmpty() || options.contains(option)) {
      return Optional.empty();
    }
    return Optional.of(
        option
            + " is for "
            + String.join(" and ", of)
            + (this == CHAIN ? "" : ", not for " + title));
  }
}
