package haze.diffusion.distill;

import haze.diffusion.io.JsonWriter;
import haze.diffusion.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A student and how it was made, as a directory: a pipeline, and `distillation.json`.
///
/// @param model the student, as [Distillation#run] returned it
/// @param settings how it was made
/// @param teacher the name of the model that it was made of, such as its directory
/// @param data the images that it learned from, [haze.diffusion.data.DataSource#text]
public record DistilledModel(
    Pipeline model, DistillSettings settings, String teacher, String data) {
  /// Beside the pipeline's files.
  private static final String FILE = "distillation.json";

  /// Writes the model, and last the index that makes the directory a pipeline.
  ///
  /// @param directory where; made if it is missing
  /// @throws IOException if a file cannot be written
  public void save(Path directory) throws IOException {
    Files.createDirectories(directory);
    new JsonWriter()
        .put("teacher", teacher)
        .put("data", data)
        .put("evaluations", settings.evaluations())
        .put("guidance", settings.guidance())
        .put(
            "teacher_steps",
            settings.teacherSteps().isPresent()
                ? (Integer) settings.teacherSteps().getAsInt()
                : null)
        .put("steps", settings.steps())
        .put("batch", settings.batch())
        .put("learning_rate", settings.learningRate())
        .put("seed", settings.seed())
        .write(directory.resolve(FILE));
    model.save(directory);
  }
}
