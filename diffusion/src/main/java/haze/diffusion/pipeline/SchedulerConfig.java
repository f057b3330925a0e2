package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.Sampler;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a model was noised in training and is to be sampled: diffusers' `scheduler_config.json`,
/// under the keys of the file.
///
/// A value is a `Boolean`, `Integer`, `Double`, `String`, a list of numbers, or null. Keys of other
/// classes are carried along, as diffusers does when it makes one scheduler from another's
/// configuration: [#as] finds them again.
public final class SchedulerConfig {
  /// The defaults of diffusers' `DDPMScheduler`, which are the values of Ho et al. 2020.
  public static final SchedulerConfig DDPM = of(SamplerKind.DDPM);

  private final SamplerKind kind;
  private final SortedMap<String, @Nullable Object> values;

  /// Checks every value.
  ///
  /// @throws IllegalArgumentException in one line naming the key that makes no sense
  private SchedulerConfig(SamplerKind kind, Map<String, @Nullable Object> values) {
    this.kind = kind;
    this.values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    int timesteps = numTrainTimesteps();
    if (kind == SamplerKind.FLOW) {
      return;
    }
    List<Double> betas = trainedBetas();
    if (!betas.isEmpty() && betas.size() != timesteps) {
      throw new IllegalArgumentException(
          "trained_betas is a list of "
              + betas.size()
              + ", expected as many as num_train_timesteps "
              + timesteps);
    }
    if (integer("steps_offset") >= timesteps) {
      throw new IllegalArgumentException(
          "steps_offset is "
              + integer("steps_offset")
              + ", expected less than num_train_timesteps "
              + timesteps);
    }
    new SchedulerSampler(this).sigmaSpacing();
    schedule();
  }

  /// The defaults of a class.
  ///
  /// @param kind the class
  /// @return its configuration
  public static SchedulerConfig of(SamplerKind kind) {
    Map<String, @Nullable Object> values = new TreeMap<>();
    SchedulerKeys.of(kind).forEach((name, key) -> values.put(name, key.defaultValue()));
    return new SchedulerConfig(kind, values);
  }

  /// The same configuration but for one value.
  ///
  /// @param key a key of this class in the file
  /// @param value its value
  /// @return the other configuration
  /// @throws IllegalArgumentException if this class has no such key or Haze does not support the
  ///   value
  public SchedulerConfig with(String key, @Nullable Object value) {
    SchedulerKeys.Key known = SchedulerKeys.of(kind).get(key);
    if (known == null) {
      throw new IllegalArgumentException(kind.className() + " has no key " + key);
    }
    String violation = known.rule().violation(value);
    if (violation != null) {
      throw new IllegalArgumentException(key + " is " + value + ", " + violation);
    }
    Map<String, @Nullable Object> changed = new TreeMap<>(values);
    changed.put(key, value);
    return new SchedulerConfig(kind, changed);
  }

  /// The configuration of another sampler for the same model, as diffusers' `from_config` makes it:
  /// what both have is kept, the rest has the other's defaults.
  ///
  /// @param other the sampler
  /// @return its configuration
  /// @throws IllegalArgumentException if the model was trained for flow matching and the sampler is
  ///   for a Markov chain, or the other way round
  public SchedulerConfig as(SamplerKind other) {
    if (other == kind) {
      return this;
    }
    if (kind == SamplerKind.FLOW || other == SamplerKind.FLOW) {
      throw new IllegalArgumentException(
          "the model's scheduler is "
              + kind.className()
              + ", it cannot be sampled with "
              + other.className()
              + ": models for flow matching need that one, other models another");
    }
    Map<String, @Nullable Object> shared = new TreeMap<>(values);
    SchedulerKeys.of(other)
        .forEach(
            (name, key) -> {
              if (!shared.containsKey(name) || key.rule().violation(shared.get(name)) != null) {
                shared.put(name, key.defaultValue());
              }
            });
    return new SchedulerConfig(other, shared);
  }

  /// The sampler that the model's author chose.
  ///
  /// @return the class of scheduler
  public SamplerKind kind() {
    return kind;
  }

  /// The number of timesteps that the model was trained on.
  ///
  /// @return T
  public int numTrainTimesteps() {
    return integer("num_train_timesteps");
  }

  /// A value.
  ///
  /// @param key a key of the file
  /// @return its value, or null also if there is no such key
  public @Nullable Object get(String key) {
    return values.get(key);
  }

  /// What the network predicts, for models trained on a Markov chain.
  ///
  /// @return epsilon, the picture or v
  public Prediction prediction() {
    return switch (string("prediction_type")) {
      case "sample" -> Prediction.X0;
      case "v_prediction" -> Prediction.V;
      default -> Prediction.EPSILON;
    };
  }

  /// The noise that a step of ancestral sampling adds.
  ///
  /// @return the variance; the smallest if the file does not say it
  public ReverseVariance variance() {
    return switch (values.getOrDefault("variance_type", "") instanceof String type ? type : "") {
      case "fixed_large" -> ReverseVariance.FIXED_LARGE;
      case "learned_range" -> ReverseVariance.LEARNED_RANGE;
      default ->
          ReverseVariance.FIXED_SMALL; // fixed_small_log is the same by way of the logarithm.
    };
  }

  /// The noise schedule that the model was trained with, if it was on a Markov chain.
  ///
  /// @return the schedule, of [#numTrainTimesteps]
  /// @throws IllegalStateException if the model was trained for flow matching, which has no
  ///   schedule
  public NoiseSchedule schedule() {
    if (kind == SamplerKind.FLOW) {
      throw new IllegalStateException(kind.className() + " has no noise schedule");
    }
    // Heun's class has no such key, but the model is what it is.
    return bool("rescale_betas_zero_snr") ? givenSchedule().withZeroTerminalSnr() : givenSchedule();
  }

  private NoiseSchedule givenSchedule() {
    int timesteps = numTrainTimesteps();
    double start = number("beta_start");
    double end = number("beta_end");
    if (!trainedBetas().isEmpty()) {
      return NoiseSchedule.ofBetas(trainedBetas().stream().mapToDouble(beta -> beta).toArray());
    }
    return switch (string("beta_schedule")) {
      case "scaled_linear" -> NoiseSchedule.scaledLinear(timesteps, start, end);
      case "squaredcos_cap_v2" -> NoiseSchedule.cosine(timesteps);
      case "sigmoid" -> NoiseSchedule.sigmoidBetas(timesteps, start, end);
      case "laplace" -> NoiseSchedule.laplace(timesteps);
      case "exp" -> NoiseSchedule.exponential(timesteps);
      default -> NoiseSchedule.linear(timesteps, start, end);
    };
  }

  /// The betas if they are given one by one.
  ///
  /// @return all T of them, or none
  public List<Double> trainedBetas() {
    return values.get("trained_betas") instanceof List<?> betas
        ? betas.stream().map(beta -> ((Number) beta).doubleValue()).toList()
        : List.of();
  }

  /// What an image is made of at a timestep.
  ///
  /// @param t the timestep, 1..T; or 0, the picture itself
  /// @return its noise level
  /// @throws IllegalArgumentException if there is no such timestep
  public NoiseLevel level(int t) {
    int trained = numTrainTimesteps();
    if (t < 0 || t > trained) {
      throw new IllegalArgumentException("timestep " + t + " is not in 0.." + trained);
    }
    if (kind == SamplerKind.FLOW) {
      double noise = (double) t / trained;
      return new NoiseLevel(1 - noise, noise);
    }
    return t == 0 ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(schedule().alphaBar(t));
  }

  /// The same configuration, but the guess at the picture stays as it is: what is lost by clipping
  /// no inverse finds again. Samplers that [#as] makes of it do not clip either.
  ///
  /// @return the configuration
  public SchedulerConfig withoutClipping() {
    Map<String, @Nullable Object> changed = new TreeMap<>(values);
    changed.put("clip_sample", false);
    changed.put("thresholding", false);
    return new SchedulerConfig(kind, changed);
  }

  /// The sampler.
  ///
  /// @param steps how many steps to take; up to T, some samplers one less
  /// @return the sampler
  /// @throws IllegalArgumentException if there are not as many steps to take
  public Sampler sampler(int steps) {
    return sampler(steps, 0);
  }

  /// The sampler, with fresh noise in DDIM.
  ///
  /// @param steps how many steps to take; up to T, some samplers one less
  /// @param eta how much of the ancestral chain's noise is added, 0..1; for DDIM only
  /// @return the sampler
  /// @throws IllegalArgumentException if there are not as many steps to take, or eta is not 0 for
  ///   another sampler
  public Sampler sampler(int steps, double eta) {
    return new SchedulerSampler(this).sampler(steps, eta);
  }

  /// How the network is understood when sampling.
  ///
  /// @return the reading
  public Parameterization parameterization() {
    return new SchedulerSampler(this).parameterization();
  }

  boolean bool(String key) {
    return Boolean.TRUE.equals(values.get(key));
  }

  int integer(String key) {
    return (int) number(key);
  }

  double number(String key) {
    return ((Number) Objects.requireNonNull(values.get(key), key)).doubleValue();
  }

  /// A noise level that may be left open.
  double sigma(String key) {
    return values.get(key) == null ? Double.NaN : number(key);
  }

  String string(String key) {
    return (String) Objects.requireNonNull(values.get(key), key);
  }

  /// Reads a configuration. Missing keys have the defaults of the class.
  ///
  /// @param file `scheduler/scheduler_config.json`
  /// @return what it describes
  /// @throws IOException if it cannot be read; in one line naming the key that is wrong or that
  ///   Haze does not support
  public static SchedulerConfig read(java.nio.file.Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    String name = json.string("_class_name", "");
    SamplerKind kind =
        Arrays.stream(SamplerKind.values())
            .filter(k -> k.className().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    json.invalid(
                        "_class_name",
                        "Haze supports "
                            + Arrays.stream(SamplerKind.values())
                                .map(SamplerKind::className)
                                .collect(Collectors.joining(", "))));
    Map<String, @Nullable Object> values = new TreeMap<>();
    SchedulerKeys.of(kind).forEach((key, known) -> values.put(key, known.defaultValue()));
    for (String key : json.keys()) {
      SchedulerKeys.Key own = SchedulerKeys.of(kind).get(key);
      SchedulerKeys.Key known = own == null ? SchedulerKeys.any(key) : own;
      if (known == null) {
        continue;
      }
      @Nullable Object value = json.value(key);
      String violation = known.rule().violation(value);
      if (violation != null) {
        throw json.invalid(key, violation);
      }
      values.put(key, value);
    }
    json.requireNoOtherKeys();
    try {
      return new SchedulerConfig(kind, values);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
  }

  /// The configuration as diffusers writes it.
  JsonWriter write() {
    JsonWriter json =
        new JsonWriter()
            .put("_class_name", kind.className())
            .put("_diffusers_version", Pipeline.DIFFUSERS_VERSION);
    values.forEach(json::put);
    return json;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SchedulerConfig that && kind == that.kind && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, values);
  }

  @Override
  public String toString() {
    return kind.className() + values;
  }
}
