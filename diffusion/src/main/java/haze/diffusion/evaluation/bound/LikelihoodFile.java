package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.LikelihoodResult.Part;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.EvaluationDirectory;
import haze.diffusion.io.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The file of a [LikelihoodResult] in a directory, such as `continuous.json`. A result whose place
/// another takes is moved to `earlier-1`, as a bound is.
public record LikelihoodFile(Path directory, LikelihoodResult.Method method) {
  /// {@return the file}
  public Path json() {
    return directory.resolve(method + ".json");
  }

  /// Makes the directory: to be called before the work.
  ///
  /// @throws IOException if that fails, or nothing can be written there
  public void prepare() throws IOException {
    new EvaluationDirectory(directory).prepare();
  }

  /// Writes a result.
  ///
  /// @param model the directory of the model
  /// @return where an earlier result now is, if there was one that differs
  /// @throws IOException if the file cannot be written
  public Optional<Path> write(LikelihoodResult result, Path model) throws IOException {
    prepare();
    byte[] content = summary(result, model).toString().getBytes(StandardCharsets.UTF_8);
    Optional<Path> earlier =
        new EvaluationDirectory(directory).setAside(Map.of(json(), content), List.of(json()));
    AtomicFile.write(json(), out -> out.write(content));
    return earlier;
  }

  private static JsonWriter summary(LikelihoodResult result, Path model) {
    BoundResult.Measurement measurement = result.measurement();
    JsonWriter json =
        new JsonWriter()
            .put("model", model.toString())
            .put("method", result.method().toString())
            .put("seed", Long.toString(measurement.seed()))
            .put("labels", measurement.condition().equals("labels"))
            .put("clusters", measurement.condition().equals("clusters"))
            .put("prediction", measurement.prediction().name().toLowerCase(Locale.ROOT))
            .put("data", measurement.data())
            .put("images", result.images())
            .put("dimensions", result.dimensions())
            .put("unit", "bits per dimension");
    result.settings().forEach(json::put);
    for (Part part : result.parts()) {
      BoundFiles.put(json, part.key(), part.bits());
    }
    return json;
  }
}
