package haze.diffusion.pipeline;

import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Which sampler, with how many steps: what is left open follows the model's scheduler.
///
/// @param kind the sampler; the scheduler's own if it is empty
/// @param steps the number of steps, at least 1; if it is empty that of [SamplingDefaults], or else
///   [SamplerKind#defaultSteps]
/// @param eta how much of the ancestral chain's noise DDIM adds, 0..1; 0 if it is empty
/// @param spacing which timesteps are visited; as the scheduler says if it is empty
public record SamplerChoice(
    Optional<SamplerKind> kind,
    OptionalInt steps,
    OptionalDouble eta,
    Optional<TimestepSpacing> spacing) {
  /// Everything as the model's scheduler says.
  public static final SamplerChoice DEFAULT =
      new SamplerChoice(
          Optional.empty(), OptionalInt.empty(), OptionalDouble.empty(), Optional.empty());

  /// Checks what can be checked without a model.
  ///
  /// @throws RequestException if the number of steps is not positive
  public SamplerChoice {
    RequestException.requireAtLeast("steps", steps.orElse(1), 1);
  }

  /// {@return the same with another sampler}
  public SamplerChoice kind(SamplerKind other) {
    return new SamplerChoice(Optional.of(other), steps, eta, spacing);
  }

  /// {@return the same with another number of steps}
  public SamplerChoice steps(int other) {
    return new SamplerChoice(kind, OptionalInt.of(other), eta, spacing);
  }

  /// {@return the same with another eta}
  public SamplerChoice eta(double other) {
    return new SamplerChoice(kind, steps, OptionalDouble.of(other), spacing);
  }

  /// {@return the same with another spacing}
  public SamplerChoice spacing(TimestepSpacing other) {
    return new SamplerChoice(kind, steps, eta, Optional.of(other));
  }

  /// {@return the sampler for a model with this scheduler}
  public SamplerKind kind(SchedulerConfig scheduler) {
    return kind.orElse(scheduler.kind());
  }

  /// {@return the number of steps for a model with this scheduler}
  public int steps(SchedulerConfig scheduler) {
    int usual =
        scheduler
            .defaults()
            .steps()
            .orElseGet(() -> kind(scheduler).defaultSteps(scheduler.numTrainTimesteps()));
    return steps.orElse(usual);
  }

  /// {@return the same, but DDIM, or flow matching's sampler for a model of that kind, if no
  /// sampler is chosen: for what fresh noise would spoil}
  public SamplerChoice deterministic(SchedulerConfig scheduler) {
    return kind.isPresent() || scheduler.kind().isFlow() ? this : kind(SamplerKind.DDIM);
  }

  /// {@return the same, but DDPM, or flow matching's sampler for a model of that kind, if no
  /// sampler is chosen: for what needs fresh noise}
  public SamplerChoice ancestral(SchedulerConfig scheduler) {
    return kind.isPresent() || scheduler.kind().isFlow() ? this : kind(SamplerKind.DDPM);
  }

  /// {@return the same, but at most so many steps if no number is chosen, which begin where the
  /// noise is, at T, if no spacing is chosen}
  public SamplerChoice atMostByDefault(int most, SchedulerConfig scheduler) {
    int usual = steps(scheduler);
    if (steps.isPresent() || usual <= most) {
      return this;
    }
    SamplerChoice fewer = steps(most);
    return spacing.isPresent() || !kind(scheduler).hasSpacing()
        ? fewer
        : fewer.spacing(TimestepSpacing.TRAILING);
  }

  /// Refuses samplers whose steps have no inverse.
  ///
  /// @throws RequestException if it is one, or adds fresh noise
  public void requireInvertible(SchedulerConfig scheduler) {
    if (!kind(scheduler).isInvertible()) {
      throw new RequestException(
          "sampler",
          "is "
              + kind(scheduler).cliName()
              + ", but only the steps of "
              + SamplerKind.listed(SamplerKind::isInvertible, SamplerKind::cliName)
              + " lead back to an encoding");
    }
    if (eta.orElse(0) != 0) {
      throw new RequestException(
          "eta", "is " + eta.getAsDouble() + ", but an encoding needs steps without fresh noise");
    }
  }

  /// {@return how images were made, for the file that they are written to}
  public static Map<String, String> metadata(SamplerKind kind, int steps, long seed) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("layout", "NHWC");
    metadata.put("range", "[-1, 1]");
    metadata.put("sampler", kind.cliName());
    metadata.put("steps", Integer.toString(steps));
    metadata.put("seed", Long.toString(seed));
    return metadata;
  }

  /// {@return the sampler for a model with this scheduler}
  ///
  /// @throws RequestException as for [#config]
  public Sampler sampler(SchedulerConfig scheduler) {
    try {
      return config(scheduler).sampler(steps(scheduler), eta.orElse(0));
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }

  /// {@return what to expect of samples of pure noise that are worse than the model's, a line each}
  ///
  /// @throws RequestException as for [#config]
  public List<String> warnings(SchedulerConfig scheduler) {
    return config(scheduler).warnings(sampler(scheduler).schedule());
  }

  /// {@return the configuration of the sampler for a model with this scheduler} As the file says if
  /// no sampler is chosen, or else [SchedulerConfig#stabilized].
  ///
  /// @throws RequestException if the values do not go together, or not with the model
  public SchedulerConfig config(SchedulerConfig scheduler) {
    SamplerKind chosen = kind(scheduler);
    int trained = scheduler.numTrainTimesteps();
    if (steps.orElse(1) > trained) {
      throw new RequestException(
          "steps",
          "is " + steps.getAsInt() + ", but the model was trained on " + trained + " timesteps");
    }
    if (eta.isPresent() && !chosen.hasEta()) {
      throw new RequestException(
          "eta",
          "is for sampler "
              + SamplerKind.listed(SamplerKind::hasEta, SamplerKind::cliName)
              + ", not for "
              + chosen.cliName());
    }
    if (spacing.isPresent() && !chosen.hasSpacing()) {
      throw new RequestException(
          "spacing", "is not for sampler " + chosen.cliName() + ", whose steps are even");
    }
    try {
      SchedulerConfig same = scheduler.as(chosen);
      SchedulerConfig config = kind.isPresent() ? same.stabilized() : same;
      return spacing.isPresent() ? config.withSpacing(spacing.get()) : config;
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }
}
