package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.pipeline.SchedulerKey.WithDefault;
import haze.diffusion.process.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Diffusers' `scheduler_config.json`.
final class SchedulerFile {
  /// Haze's own, see [SamplingDefaults].
  private static final String STEPS = "_haze_steps";

  private static final String GUIDANCE = "_haze_guidance";

  private SchedulerFile() {}

  /// Of 2022: false meant what `"prediction_type": "sample"` says since.
  private static final String PREDICT_EPSILON = "predict_epsilon";

  /// No sampler, but DDIM's inverse, see [haze.diffusion.editing.DdimInversion].
  private static final String INVERSE = "DDIMInverseScheduler";

  /// Reads a configuration. Missing keys have the defaults of the class.
  static SchedulerConfig read(Path file) throws IOException {
    return read(file, Optional.empty());
  }

  /// Reads a configuration to sample the model with a sampler of one's own choice. The class may
  /// then be one that Haze does not support, as long as it is for models of a Markov chain: what
  /// the classes of those share, schedule and prediction, is read as if it were DDPM's.
  ///
  /// A key of the class has a value that is right, or the file is refused. Keys of other classes
  /// are carried along if their values are right there, and dropped if not; keys of none are named
  /// by [SchedulerConfig#unknownKeys], and carried along.
  ///
  /// @param file `scheduler/scheduler_config.json`
  /// @param chosen the sampler that was chosen, if any
  /// @throws IOException if it cannot be read; in one line naming the key that is wrong or that
  ///   Haze does not support
  static SchedulerConfig read(Path file, Optional<SamplerKind> chosen) throws IOException {
    return read(JsonObject.read(file), file, chosen);
  }

  /// As [#read(Path, Optional)].
  static SchedulerConfig read(JsonObject json, Path file, Optional<SamplerKind> chosen)
      throws IOException {
    SamplerKind kind = kind(json, file, chosen);
    Map<String, @Nullable Object> values = new TreeMap<>();
    for (String key : json.keys()) {
      if (key.startsWith("_")) {
        continue;
      }
      @Nullable Object value = json.value(key);
      Optional<SchedulerKey<?>> own = key(kind, key);
      String violation = own.isEmpty() ? null : own.get().violation(value);
      if (violation != null) {
        throw json.invalid(key, violation);
      }
      if (own.isPresent() || (isRightElsewhere(key, value) && JsonWriter.canWrite(value))) {
        values.put(key, value);
      }
    }
    if (!json.has(SchedulerKeys.PREDICTION.name()) && !json.bool(PREDICT_EPSILON, true)) {
      values.put(SchedulerKeys.PREDICTION.name(), SchedulerKeys.PREDICTION.inFile(Prediction.X0));
    }
    try {
      SchedulerConfig config = new SchedulerConfig(kind, SchedulerSettings.of(kind.keys(), values));
      if (config.losesX0()) {
        throw new BadFileException(
            file,
            "prediction_type is epsilon, but the schedule ends without signal, where epsilon does"
                + " not give x_0; expected v_prediction or sample");
      }
      return config.withDefaults(defaults(json, config.numTrainTimesteps()));
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
  }

  private static SamplingDefaults defaults(JsonObject json, int timesteps) throws BadFileException {
    return new SamplingDefaults(
        json.has(STEPS)
            ? OptionalInt.of(json.integer(STEPS, 1, 1, timesteps))
            : OptionalInt.empty(),
        json.has(GUIDANCE) ? OptionalDouble.of(json.number(GUIDANCE, 1)) : OptionalDouble.empty());
  }

  private static SamplerKind kind(JsonObject json, Path file, Optional<SamplerKind> chosen)
      throws BadFileException {
    String name = json.string(Diffusers.CLASS, "");
    Optional<SamplerKind> supported =
        Stream.of(SamplerKind.values())
            .filter(candidate -> candidate.className().equals(name))
            .findFirst();
    if (supported.isPresent()) {
      return supported.get();
    }
    if (name.equals(INVERSE) && chosen.isEmpty()) {
      throw new BadFileException(
          file,
          INVERSE
              + " goes from images to noise, as haze encode does by itself; --sampler ddim samples"
              + " the model, and a copy whose "
              + Diffusers.CLASS
              + " is DDIMScheduler does so by default");
    }
    if (!json.has(SchedulerKeys.BETA_SCHEDULE.name())) {
      throw new BadFileException(
          file,
          name.isEmpty()
              ? Diffusers.CLASS + " is missing, expected a class of diffusers' schedulers"
              : BadFileException.shown(name)
                  + " is not supported, and has no beta_schedule that another sampler could use");
    }
    if (chosen.isEmpty()) {
      throw new BadFileException(
          file,
          (name.isEmpty()
                  ? Diffusers.CLASS + " is missing"
                  : BadFileException.shown(name) + " is not supported")
              + "; --sampler NAME samples the model with another");
    }
    return SamplerKind.DDPM;
  }

  private static Optional<SchedulerKey<?>> key(SamplerKind kind, String name) {
    return kind.keys().stream()
        .<SchedulerKey<?>>map(WithDefault::key)
        .filter(key -> key.name().equals(name))
        .findFirst();
  }

  /// Whether a class has the key and takes the value, or none has it.
  private static boolean isRightElsewhere(String name, @Nullable Object value) {
    List<SchedulerKey<?>> others =
        Stream.of(SamplerKind.values())
            .flatMap(
                kind ->
                    key(kind, name).<Stream<SchedulerKey<?>>>map(Stream::of).orElseGet(Stream::of))
            .toList();
    return others.isEmpty() || others.stream().anyMatch(key -> key.violation(value) == null);
  }

  /// The configuration as diffusers writes it.
  static JsonWriter write(SchedulerConfig config) {
    JsonWriter json = Diffusers.file(config.kind().className());
    config.settings().values().forEach(json::put);
    config.defaults().steps().ifPresent(steps -> json.put(STEPS, steps));
    config.defaults().guidance().ifPresent(guidance -> json.put(GUIDANCE, guidance));
    return json;
  }
}
