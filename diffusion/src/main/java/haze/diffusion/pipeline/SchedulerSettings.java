package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKeys.BETA;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_END;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_SCHEDULE;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_START;
import static haze.diffusion.pipeline.SchedulerKeys.CLIP;
import static haze.diffusion.pipeline.SchedulerKeys.CLIP_RANGE;
import static haze.diffusion.pipeline.SchedulerKeys.EXPONENTIAL;
import static haze.diffusion.pipeline.SchedulerKeys.KARRAS;
import static haze.diffusion.pipeline.SchedulerKeys.LU;
import static haze.diffusion.pipeline.SchedulerKeys.PREDICTION;
import static haze.diffusion.pipeline.SchedulerKeys.SPACING;
import static haze.diffusion.pipeline.SchedulerKeys.STEPS_OFFSET;
import static haze.diffusion.pipeline.SchedulerKeys.THRESHOLDING;
import static haze.diffusion.pipeline.SchedulerKeys.THRESHOLDING_MAX;
import static haze.diffusion.pipeline.SchedulerKeys.THRESHOLDING_RATIO;
import static haze.diffusion.pipeline.SchedulerKeys.TIMESTEPS;
import static haze.diffusion.pipeline.SchedulerKeys.TRAINED_BETAS;
import static haze.diffusion.pipeline.SchedulerKeys.VARIANCE;
import static haze.diffusion.pipeline.SchedulerKeys.ZERO_TERMINAL_SNR;

import haze.diffusion.pipeline.SchedulerKey.WithDefault;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a scheduler is set to, and what follows from it: immutable.
///
/// The settings of one class of schedulers have all of its keys. They may have keys of other
/// classes too, as diffusers carries them along when it makes one scheduler from another's
/// configuration; what such a key means for the model counts, what it means for sampling does not.
final class SchedulerSettings {
  private final Map<String, WithDefault> keys;
  private final SortedMap<String, @Nullable Object> values;

  /// See [#stabilized].
  private final boolean stable;

  /// Checks what one value alone cannot tell.
  ///
  /// @param values as in the file, each right for its key
  private SchedulerSettings(
      Map<String, WithDefault> keys, Map<String, @Nullable Object> values, boolean stable) {
    this.keys = keys;
    this.stable = stable;
    this.values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    if (!owns(BETA_SCHEDULE)) {
      return;
    }
    int timesteps = get(TIMESTEPS);
    int betas = get(TRAINED_BETAS).size();
    if (betas != 0 && betas != timesteps) {
      throw new IllegalArgumentException(
          "trained_betas is a list of "
              + betas
              + ", expected as many as num_train_timesteps "
              + timesteps);
    }
    if (owns(STEPS_OFFSET) && get(STEPS_OFFSET) >= timesteps) {
      throw new IllegalArgumentException(
          "steps_offset is "
              + get(STEPS_OFFSET)
              + ", expected less than num_train_timesteps "
              + timesteps);
    }
    sigmaSpacing();
    schedule();
  }

  /// The settings of a class.
  ///
  /// @param values what differs from the defaults, and values of keys of other classes, as in the
  ///   file
  /// @throws IllegalArgumentException in one line naming the key that makes no sense
  static SchedulerSettings of(List<WithDefault> keys, Map<String, @Nullable Object> values) {
    Map<String, WithDefault> own = new LinkedHashMap<>();
    keys.forEach(key -> own.put(key.key().name(), key));
    Map<String, @Nullable Object> all = new TreeMap<>();
    own.forEach((name, key) -> all.put(name, key.defaultValue()));
    all.putAll(values);
    return new SchedulerSettings(own, all, false);
  }

  /// The settings of another class for the same model, as diffusers' `from_config` makes them: what
  /// both have is kept, the rest has the other's defaults.
  SchedulerSettings as(List<WithDefault> others) {
    Map<String, @Nullable Object> kept = new TreeMap<>(values);
    others.stream()
        .map(WithDefault::key)
        .filter(key -> key.violation(kept.get(key.name())) != null)
        .forEach(key -> kept.remove(key.name()));
    return of(others, kept);
  }

  /// The values as in the file.
  SortedMap<String, @Nullable Object> values() {
    return values;
  }

  /// Whether the class of these settings has a key.
  boolean owns(SchedulerKey<?> key) {
    return keys.containsKey(key.name());
  }

  /// The value of a key of the class, or of one that is carried along.
  <T> T get(SchedulerKey<T> key) {
    return key.meaning(values.get(key.name()));
  }

  private boolean isOn(SchedulerKey<Boolean> key) {
    return owns(key) && get(key);
  }

  /// The same but for one value.
  ///
  /// @throws IllegalArgumentException if the class has no such key, or the value makes no sense
  <T> SchedulerSettings with(SchedulerKey<T> key, T value) {
    return with(key.name(), key.inFile(value));
  }

  /// The same but for one value, as in the file.
  SchedulerSettings with(String name, @Nullable Object value) {
    WithDefault known = keys.get(name);
    if (known == null) {
      throw new IllegalArgumentException("this scheduler has no key " + name);
    }
    String violation = known.key().violation(value);
    if (violation != null) {
      throw new IllegalArgumentException(name + " is " + value + ", " + violation);
    }
    Map<String, @Nullable Object> changed = new TreeMap<>(values);
    changed.put(name, value);
    return new SchedulerSettings(keys, changed, stable);
  }

  /// The same, but no sampler of the model clips.
  SchedulerSettings withoutClipping() {
    Map<String, @Nullable Object> changed = new TreeMap<>(values);
    changed.put(CLIP.name(), false);
    changed.put(THRESHOLDING.name(), false);
    return new SchedulerSettings(keys, changed, stable);
  }

  /// The same, see [SchedulerConfig#stabilized].
  SchedulerSettings stabilized() {
    return new SchedulerSettings(keys, values, true);
  }

  /// Whether they are [#stabilized].
  boolean isStable() {
    return stable;
  }

  /// The noise schedule that the model was trained with. Not every class has the key of zero
  /// terminal SNR, but the model is what it is.
  NoiseSchedule schedule() {
    List<Double> betas = get(TRAINED_BETAS);
    NoiseSchedule schedule =
        betas.isEmpty()
            ? get(BETA_SCHEDULE).schedule(get(TIMESTEPS), get(BETA_START), get(BETA_END))
            : NoiseSchedule.ofBetas(betas.stream().mapToDouble(beta -> beta).toArray());
    return get(ZERO_TERMINAL_SNR) ? schedule.withZeroTerminalSnr() : schedule;
  }

  /// The variance of an ancestral step, the smallest if the settings have none.
  ReverseVariance variance() {
    return get(VARIANCE).orElse(ReverseVariance.FIXED_SMALL);
  }

  /// What keeps the predicted x0 in range.
  Clip clip() {
    if (applies(THRESHOLDING)) {
      return new Clip.Dynamic(get(THRESHOLDING_RATIO), get(THRESHOLDING_MAX));
    }
    return applies(CLIP) ? new Clip.ToRange(get(CLIP_RANGE).floatValue()) : Clip.NONE;
  }

  /// Whether a kind of clipping is on, in the class or in what is carried along.
  private boolean applies(SchedulerKey<Boolean> key) {
    return (stable || owns(key)) && get(key);
  }

  /// How the network's output is understood in sampling.
  Parameterization parameterization() {
    return owns(BETA_SCHEDULE)
        ? Parameterization.of(get(PREDICTION), clip())
        : Parameterization.FLOW;
  }

  /// The timesteps that are visited, 1..T, falling.
  ///
  /// @throws IllegalArgumentException if there are not as many
  int[] timesteps(int steps) {
    return get(SPACING).timesteps(get(TIMESTEPS), steps, get(STEPS_OFFSET));
  }

  /// The noise levels that are visited.
  ///
  /// @param endsClean whether the last step arrives at the clean image
  SigmaSchedule sigmas(boolean endsClean) {
    return new SigmaSchedule(
        schedule(),
        owns(SPACING) ? get(SPACING) : TimestepSpacing.LINSPACE,
        owns(STEPS_OFFSET) ? get(STEPS_OFFSET) : 0,
        sigmaSpacing(),
        endsClean,
        stable ? SigmaSchedule.STABLE : Double.POSITIVE_INFINITY);
  }

  /// How noise levels are spaced.
  ///
  /// @throws IllegalArgumentException if two spacings are on
  private SigmaSpacing sigmaSpacing() {
    Map<SchedulerKey<Boolean>, SigmaSpacing> switches = new LinkedHashMap<>();
    switches.put(EXPONENTIAL, SigmaSpacing.EXPONENTIAL);
    switches.put(KARRAS, SigmaSpacing.KARRAS);
    switches.put(LU, SigmaSpacing.LU);
    switches.put(BETA, SigmaSpacing.BETA);
    switches.keySet().removeIf(key -> !isOn(key));
    List<String> on = switches.keySet().stream().map(SchedulerKey::name).toList();
    if (on.size() > 1) {
      throw new IllegalArgumentException(
          on.get(0) + " is true, but so is " + on.get(1) + ", expected one at most");
    }
    return switches.values().stream().findFirst().orElse(SigmaSpacing.TIMESTEPS);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SchedulerSettings that
        && stable == that.stable
        && keys.keySet().equals(that.keys.keySet())
        && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keys.keySet(), values, stable);
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
