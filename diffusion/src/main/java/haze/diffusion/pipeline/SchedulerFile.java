package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.pipeline.SchedulerKey.WithDefault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Diffusers' `scheduler_config.json`.
final class SchedulerFile {
  private SchedulerFile() {}

  /// Reads a configuration. Missing keys have the defaults of the class.
  ///
  /// @param file `scheduler/scheduler_config.json`
  /// @throws IOException if it cannot be read; in one line naming the key that is wrong or that
  ///   Haze does not support
  static SchedulerConfig read(Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    String name = json.string(Diffusers.CLASS, "");
    SamplerKind kind =
        Stream.of(SamplerKind.values())
            .filter(candidate -> candidate.className().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    json.invalid(
                        Diffusers.CLASS,
                        "Haze supports "
                            + Stream.of(SamplerKind.values())
                                .map(SamplerKind::className)
                                .collect(Collectors.joining(", "))));
    Map<String, @Nullable Object> values = new TreeMap<>();
    for (String key : json.keys()) {
      Optional<SchedulerKey<?>> known = key(kind, key);
      if (known.isEmpty()) {
        continue;
      }
      @Nullable Object value = json.value(key);
      String violation = known.get().violation(value);
      if (violation != null) {
        throw json.invalid(key, violation);
      }
      values.put(key, value);
    }
    json.requireNoOtherKeys();
    try {
      SchedulerConfig config = new SchedulerConfig(kind, SchedulerSettings.of(kind.keys(), values));
      if (config.losesX0()) {
        throw new BadFileException(
            file,
            "prediction_type is epsilon, but the schedule ends without signal, where epsilon does"
                + " not give x_0; expected v_prediction or sample");
      }
      return config;
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
  }

  /// The key of a class, or else that of another, which a file may carry along from the scheduler
  /// that it was made from.
  private static Optional<SchedulerKey<?>> key(SamplerKind kind, String name) {
    return Stream.concat(Stream.of(kind), Stream.of(SamplerKind.values()))
        .flatMap(candidate -> candidate.keys().stream())
        .<SchedulerKey<?>>map(WithDefault::key)
        .filter(key -> key.name().equals(name))
        .findFirst();
  }

  /// The configuration as diffusers writes it.
  static JsonWriter write(SchedulerConfig config) {
    JsonWriter json = Diffusers.file(config.kind().className());
    config.settings().values().forEach(json::put);
    return json;
  }
}
