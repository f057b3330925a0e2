package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.EvaluationDirectory;
import haze.nn.file.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The directory of one run. It is a pipeline directory, with the averaged weights of the last
/// checkpoint, and holds what only training needs beside that:
///
/// ```
/// model_index.json  unet/  scheduler/        the model, for `haze sample` and for diffusers
/// classes.json                               names of its classes, if the data has such
/// clusters.safetensors                       what its classes are, if k-means found them
/// training/config.json                       all settings of the run
/// training/checkpoints/step-000500/          state.safetensors: weights, average, optimizer, ..,
///                                            and manifest.json with the checksums
/// training/lock                              locked by the process that trains
/// training/ema/step-000500.safetensors       two more averages, for `haze average`
/// metrics.csv                                one line a step
/// validation.csv                             one line a validation on held-out images
/// best/                                      the model of the best validation
/// samples/step-000500.png                    samples on the way
/// report.html                                what there is to see of the run
/// training/session.json  session.csv         the process that trains it
/// tensorboard/                               event files
/// evaluation/                                what was measured: bound.json, bound.csv, bound.png,
///                                            frechet.json, and the classifier for that
/// ```
///
/// @param path the directory
public record RunDirectory(Path path) {
  /// {@return the directory of a run that has not been begun: `parent/name`, or with a number
  /// behind it if that is taken}
  public static Path free(Path parent, String name) {
    Path free = parent.resolve(name);
    for (int i = 2; Files.exists(free) && !new RunDirectory(free).isCutOff(); i++) {
      free = parent.resolve(name + "-" + i);
    }
    return free;
  }

  /// Checks that a new run may have a directory: that it does not exist, is empty, or holds what is
  /// left of a beginning that was cut off.
  ///
  /// @throws IOException if there is something else in it
  static void requireUnused(Path path) throws IOException {
    RunDirectory run = new RunDirectory(path);
    if (!Files.exists(path) || run.isCutOff()) {
      return;
    }
    if (run.exists()) {
      throw new BadFileException(
          path, "holds a run already; --resume goes on with it, another --out starts a new one");
    }
    if (!Files.isDirectory(path)) {
      throw new BadFileException(path, "is a file, expected a directory");
    }
    if (!names(path).isEmpty()) {
      throw new BadFileException(path, "is not empty, expected a new directory");
    }
  }

  /// Whether a run was begun here and ended before its first checkpoint, so that there is nothing
  /// to lose.
  boolean isCutOff() {
    try {
      if (Files.exists(beginning())) {
        return !checkpoints(Disk.system()).exist();
      }
      return names(path).equals(Set.of("training"))
          && Set.of(RunLock.FILE).containsAll(names(training()));
    } catch (IOException e) {
      return false;
    }
  }

  private static Set<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).collect(Collectors.toSet());
    }
  }

  /// {@return what only training needs}
  Path training() {
    return path.resolve("training");
  }

  /// {@return the file that is there from the first moment of a run to its first checkpoint}
  Path beginning() {
    return training().resolve("beginning");
  }

  /// {@return the checkpoints}
  Checkpoints checkpoints(Disk disk) {
    return new Checkpoints(training(), disk);
  }

  /// {@return whether a run was begun here: whether there is a configuration}
  public boolean exists() {
    return Files.exists(config());
  }

  /// {@return whether a run was begun here, and has had its first checkpoint}
  public boolean isResumable() {
    return exists() && !isCutOff();
  }

  /// Checks that there is a run to resume.
  ///
  /// @throws IOException if not
  void requireRun() throws IOException {
    if (isCutOff()) {
      throw new BadFileException(
          path, "no run to resume: its beginning was cut off; without --resume it begins anew");
    }
    if (!exists()) {
      throw new BadFileException(path, "no run to resume: there is no training/config.json");
    }
  }

  /// {@return the file with the settings of the run}
  public Path config() {
    return training().resolve("config.json");
  }

  /// {@return the file with one line a step}
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /// {@return the directory of the snapshots of averages, which may not exist}
  Path emaSnapshots() {
    return path.resolve("training").resolve("ema");
  }

  /// {@return the file with one line a validation, which may not exist}
  public Path validation() {
    return path.resolve("validation.csv");
  }

  /// {@return why the run has no further step although it has not had all, by its validations}
  ///
  /// @param settings those of the run
  /// @throws IOException if the validations can't be read or are damaged; in one line
  public Optional<String> stoppedEarly(TrainingSettings settings) throws IOException {
    if (settings.get(Settings.PATIENCE) == 0) {
      return Optional.empty();
    }
    ValidationLog log = ValidationLog.upTo(Integer.MAX_VALUE, validation());
    return log.stoppedEarly(log.last().map(Validation::step).orElse(0), settings);
  }

  /// {@return the model with the least loss on held-out images, a pipeline, which may not exist}
  public Path best() {
    return path.resolve("best");
  }

  /// {@return the directory of what was measured, which may not exist}
  public Path evaluation() {
    return EvaluationDirectory.of(path).path();
  }

  /// {@return the step of the last checkpoint; nothing if there is none}
  ///
  /// @throws IOException if that cannot be read
  public OptionalInt checkpointStep() throws IOException {
    return checkpoints(Disk.system()).newestStep();
  }

  /// {@return whether the samples of a run's last step are missing: it was stopped before they were
  /// made, or is about to make them}
  ///
  /// @param step the last one
  /// @param settings those of the run
  public boolean lacksSamples(int step, TrainingSettings settings) {
    return !settings.get(Settings.NO_SAMPLES) && !Files.exists(samples(step));
  }

  /// {@return which samples are missing then, and what makes them}
  public String missingSamples() {
    return "the samples of the last step: haze train --resume --out " + path + " makes them";
  }

  /// {@return the file with the samples of a step, which may not exist}
  public Path samples(int step) {
    return path.resolve("samples").resolve(String.format(Locale.ROOT, "step-%06d.png", step));
  }
}
