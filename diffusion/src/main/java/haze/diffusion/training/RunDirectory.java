package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.EvaluationDirectory;
import haze.diffusion.pipeline.Pipeline;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The directory of one run. It is a pipeline directory, with the averaged weights of the last
/// checkpoint, and holds what only training needs beside that:
///
/// ```
/// model_index.json  unet/  scheduler/        the model, for `haze sample` and for diffusers
/// training/config.json                       all settings of the run
/// training/state.safetensors                 weights, average, optimizer, step of the checkpoint
/// metrics.csv                                one line a step
/// samples/step-000500.png                    samples on the way
/// evaluation/                                what was measured: bound.json, bound.csv, bound.png,
///                                            frechet.json, and the classifier for that
/// ```
///
/// @param path the directory
public record RunDirectory(Path path) {
  private static final String STEP = "step";
  private static final String HEADER = "step,loss,gradient_norm,learning_rate,ms";

  /// {@return the directory of a run that has not been begun: `parent/name`, or with a number
  /// behind it if that is taken}
  public static Path free(Path parent, String name) {
    Path free = parent.resolve(name);
    for (int i = 2; Files.exists(free); i++) {
      free = parent.resolve(name + "-" + i);
    }
    return free;
  }

  /// {@return the directory of a new run, which is made}
  ///
  /// @param path where; may exist if it is empty
  /// @throws IOException if there is something in it already, or it can't be made
  static RunDirectory create(Path path) throws IOException {
    requireUnused(path);
    RunDirectory run = new RunDirectory(path);
    Files.createDirectories(run.config().resolveSibling("."));
    Files.createDirectories(path.resolve("samples"));
    return run;
  }

  /// Checks that a new run may have a directory.
  ///
  /// @throws IOException if there is something in it already
  static void requireUnused(Path path) throws IOException {
    if (new RunDirectory(path).exists()) {
      throw new BadFileException(
          path, "holds a run already; --resume goes on with it, another --out starts a new one");
    }
    if (!Files.exists(path)) {
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new BadFileException(path, "is a file, expected a directory");
    }
    try (Stream<Path> entries = Files.list(path)) {
      if (entries.findAny().isPresent()) {
        throw new BadFileException(path, "is not empty, expected a new directory");
      }
    }
  }

  /// {@return whether a run was begun here: whether there is a configuration}
  public boolean exists() {
    return Files.exists(config());
  }

  /// {@return the file with the settings of the run}
  public Path config() {
    return path.resolve("training").resolve("config.json");
  }

  /// {@return the file of the last checkpoint, with all that training needs to go on}
  public Path state() {
    return path.resolve("training").resolve("state.safetensors");
  }

  /// {@return the file with one line a step}
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /// {@return the directory of what was measured, which may not exist}
  public Path evaluation() {
    return EvaluationDirectory.of(path).path();
  }

  /// {@return what the run learns from; nothing if the directory has no configuration, because it
  /// is another's pipeline}
  ///
  /// @throws IOException if the configuration cannot be read or a value makes no sense
  public Optional<DataSource> data() throws IOException {
    if (!exists()) {
      return Optional.empty();
    }
    return Optional.of(TrainingSettings.readSource(config()));
  }

  /// Checks that what the run learned from is still where it was.
  ///
  /// @throws IOException if it is not
  public void requireData(DataSource learned) throws IOException {
    if (learned instanceof DataSource.Stored stored && !Files.exists(stored.path())) {
      throw new BadFileException(
          path,
          "learned from " + stored.text() + ", which is not there; --data says where it is now");
    }
  }

  /// {@return the step of the last checkpoint; nothing if there is none}
  ///
  /// @throws IOException if the checkpoint cannot be read
  public OptionalInt checkpointStep() throws IOException {
    if (!Files.exists(state())) {
      return OptionalInt.empty();
    }
    try (SafetensorsFile file = SafetensorsFile.open(state())) {
      return OptionalInt.of(step(file));
    }
  }

  /// {@return the file with the samples of a step, which may not exist}
  public Path samples(int step) {
    return path.resolve("samples").resolve(String.format(Locale.ROOT, "step-%06d.png", step));
  }

  /// Saves what is needed to go on, then the model for use.
  ///
  /// @param trainer the trainer
  /// @param averaged the model with the averaged weights
  /// @throws IOException if a file can't be written; the checkpoint before is then still there
  void save(Trainer trainer, Pipeline averaged) throws IOException {
    Map<String, Tensor> tensors = new HashMap<>();
    trainer
        .state()
        .forEach((name, values) -> tensors.put(name, Tensor.of(Shape.of(values.length), values)));
    SafetensorsFile.write(state(), Map.of(STEP, Integer.toString(trainer.completed())), tensors);
    averaged.save(path);
  }

  /// Restores the last checkpoint, if there is one, and drops the metrics of later steps.
  ///
  /// @param trainer a trainer of this run
  /// @throws IOException if the checkpoint can't be read or is another network's
  void restore(Trainer trainer) throws IOException {
    if (Files.exists(state())) {
      try (SafetensorsFile file = SafetensorsFile.open(state())) {
        int step = step(file);
        Map<String, Tensor> tensors = new HashMap<>();
        for (Map.Entry<String, float[]> entry : trainer.state().entrySet()) {
          Tensor tensor = file.tensor(entry.getKey());
          if (!tensor.shape().equals(Shape.of(entry.getValue().length))) {
            throw new TensorFileException(
                state().toString(),
                entry.getKey()
                    + " has shape "
                    + tensor.shape()
                    + ", expected "
                    + entry.getValue().length
                    + " numbers");
          }
          tensors.put(entry.getKey(), tensor);
        }
        trainer
            .state()
            .forEach(
                (name, values) ->
                    Tensor.of(Shape.of(values.length), values)
                        .copyFrom(tensors.getOrDefault(name, Tensor.scalar(0))));
        trainer.resumeAt(step);
      }
    }
    truncateMetrics(trainer.completed());
  }

  private int step(SafetensorsFile file) throws IOException {
    String text = file.metadata().getOrDefault(STEP, "");
    if (!text.matches("\\d{1,9}")) {
      throw new TensorFileException(
          state().toString(), "metadata '" + STEP + "' is no number of steps");
    }
    return Integer.parseInt(text);
  }

  private void truncateMetrics(int lastStep) throws IOException {
    if (!Files.exists(metrics())) {
      return;
    }
    // A crash may have left half a line: what is kept is the header and as many whole lines as
    // steps.
    List<String> lines = Files.readAllLines(metrics(), StandardCharsets.UTF_8);
    List<String> kept = lines.subList(0, Math.min(lines.size(), 1 + lastStep));
    String text = String.join("\n", kept) + "\n";
    AtomicFile.write(metrics(), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Appends a step's line to the metrics.
  ///
  /// @throws IOException if it can't be written
  void append(Trainer.Step step) throws IOException {
    String line =
        String.format(
            Locale.ROOT,
            "%d,%.6g,%.6g,%.6g,%.1f%n",
            step.step(),
            step.loss(),
            step.gradientNorm(),
            step.learningRate(),
            step.milliseconds());
    Files.writeString(
        metrics(),
        Files.exists(metrics()) ? line : HEADER + "\n" + line,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
