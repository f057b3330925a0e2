package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.nn.file.FileException;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The checkpoints of a run, a directory each:
///
/// ```
/// training/checkpoints/step-000500/state.safetensors   weights, average, optimizer, timesteps
/// training/checkpoints/step-000500/manifest.json       their checksums, see Manifest
/// ```
///
/// The manifest is written last. A directory without one is no checkpoint.
///
/// @param training the directory `training` of the run
/// @param disk where it is
record Checkpoints(Path training, Disk disk) {
  private static final Pattern NAME = Pattern.compile("step-(\\d{6,9})");

  /// What Haze names a file until it is complete, now and before there were manifests.
  private static final Pattern TEMPORARY =
      Pattern.compile("\\..+\\.[0-9a-f]{1,16}\\.tmp|\\..+\\.[0-9a-f-]{36}\\.part");

  private Path directory() {
    return training.resolve("checkpoints");
  }

  /// The one checkpoint of a run before there were manifests.
  private Path oldState() {
    return training.resolve(Checkpoint.STATE);
  }

  private Path directory(int step) {
    return directory().resolve(String.format(Locale.ROOT, "step-%06d", step));
  }

  /// The directories by step, whatever they hold.
  private NavigableMap<Integer, Path> directories() throws IOException {
    NavigableMap<Integer, Path> directories = new TreeMap<>();
    if (!Files.isDirectory(directory())) {
      return directories;
    }
    try (Stream<Path> entries = Files.list(directory())) {
      for (Path entry : entries.toList()) {
        Matcher name = NAME.matcher(String.valueOf(entry.getFileName()));
        if (name.matches() && Files.isDirectory(entry)) {
          directories.put(Integer.parseInt(name.group(1)), entry);
        }
      }
    }
    return directories;
  }

  /// {@return whether there is a checkpoint, sound or not}
  boolean exist() throws IOException {
    return Files.exists(oldState())
        || directories().values().stream()
            .anyMatch(directory -> Files.exists(directory.resolve(Manifest.FILE)));
  }

  /// {@return the step of the newest checkpoint, whose state is not looked at; nothing if there is
  /// none}
  ///
  /// @throws IOException if one of a run before there were manifests cannot be read
  OptionalInt newestStep() throws IOException {
    for (Map.Entry<Integer, Path> entry : directories().descendingMap().entrySet()) {
      if (Files.exists(entry.getValue().resolve(Manifest.FILE))) {
        return OptionalInt.of(entry.getKey());
      }
    }
    return Files.exists(oldState())
        ? OptionalInt.of(Checkpoint.readOld(oldState()).step())
        : OptionalInt.empty();
  }

  /// {@return the directories of the last checkpoint, and of the one before it, rising; both by
  /// step; fewer if there are fewer}
  NavigableMap<Integer, Path> lastTwo() throws IOException {
    NavigableMap<Integer, Path> two = new TreeMap<>();
    for (Map.Entry<Integer, Path> entry : directories().descendingMap().entrySet()) {
      if (two.size() < 2 && Files.exists(entry.getValue().resolve(Manifest.FILE))) {
        two.put(entry.getKey(), entry.getValue());
      }
    }
    return two;
  }

  /// {@return the newest checkpoint that is sound}
  ///
  /// @param run the settings of the run that it must be of
  /// @param skipped receives why a newer one is not
  /// @throws IOException if there is none, or a newer Haze has written one; in one line
  Checkpoint newest(TrainingSettings run, Consumer<String> skipped) throws IOException {
    List<String> reasons = new ArrayList<>();
    for (Map.Entry<Integer, Path> entry : directories().descendingMap().entrySet()) {
      if (!Files.exists(entry.getValue().resolve(Manifest.FILE))) {
        continue; // One that was being written.
      }
      try {
        Checkpoint sound = Checkpoint.read(entry.getValue(), entry.getKey(), run);
        reasons.forEach(skipped);
        return sound;
      } catch (Manifest.NewerException e) {
        throw e;
      } catch (IOException e) {
        reasons.add(String.valueOf(e.getMessage()));
      }
    }
    if (Files.exists(oldState())) {
      Checkpoint old = Checkpoint.readOld(oldState());
      reasons.forEach(skipped);
      return old;
    }
    Path model = training.resolveSibling("");
    throw new BadFileException(
        model,
        "has no sound checkpoint to go on from"
            + (reasons.isEmpty()
                ? ": there is none in " + directory()
                : ": " + String.join("; ", reasons))
            + "; nothing was changed. "
            + (Files.exists(Pipeline.weightsFile(model))
                ? "With --from " + model + " a new run starts from the weights of its model"
                : "Another --out begins anew"));
  }

  /// What saves the model, and returns the checksum of its weights.
  @FunctionalInterface
  interface ModelWriter {
    Checksum save() throws IOException;
  }

  /// Writes a checkpoint: the state, the model, and then the manifest, which makes it one.
  ///
  /// @throws IOException if that fails; the checkpoints before are then still there
  void write(
      Trainer trainer, TrainingSettings run, ModelWriter model, OptionalDouble validationLoss)
      throws IOException {
    Path checkpoint = directory(trainer.completed());
    disk.createDirectories(checkpoint);
    Map<String, Tensor> tensors = new HashMap<>();
    trainer
        .state()
        .forEach((name, values) -> tensors.put(name, Tensor.of(Shape.of(values.length), values)));
    Checksum state =
        SafetensorsFile.write(
            disk,
            checkpoint.resolve(Checkpoint.STATE),
            Map.of(Checkpoint.STEP, Integer.toString(trainer.completed())),
            tensors);
    Checksum weights = model.save();
    new Manifest(trainer.completed(), state, weights.crc32c(), validationLoss, run)
        .write(disk, checkpoint.resolve(Manifest.FILE));
  }

  /// Removes all checkpoints but the newest ones, and the one with the least validation loss.
  ///
  /// @param before the step of the checkpoint before; what lies behind it, but for `step`, was
  ///   damaged when the run was resumed, or has failed
  /// @param step the newest, just written
  /// @param keep how many
  /// @throws IOException if one cannot be removed
  void prune(int before, int step, int keep) throws IOException {
    NavigableMap<Integer, Path> rest = directories();
    List<Manifest> manifests = new ArrayList<>();
    for (Map.Entry<Integer, Path> entry : rest.descendingMap().entrySet()) {
      Path file = entry.getValue().resolve(Manifest.FILE);
      if ((entry.getKey() == step || entry.getKey() <= before) && Files.exists(file)) {
        try {
          manifests.add(Manifest.read(file));
        } catch (IOException e) {
          // Damaged: removed with the others.
        }
      }
    }
    manifests.stream().limit(keep).forEach(manifest -> rest.remove(manifest.step()));
    manifests.stream()
        .filter(manifest -> manifest.validationLoss().isPresent())
        .min(Comparator.comparingDouble(manifest -> manifest.validationLoss().orElseThrow()))
        .ifPresent(best -> rest.remove(best.step()));
    for (Path directory : rest.values()) {
      remove(directory);
    }
    if (Files.exists(oldState())) {
      delete(oldState());
    }
  }

  /// The manifest goes first: what is left of a checkpoint is none.
  private void remove(Path directory) throws IOException {
    delete(directory.resolve(Manifest.FILE));
    delete(directory.resolve(Checkpoint.STATE));
    try (Stream<Path> others = Files.list(directory)) {
      if (others.findAny().isEmpty()) {
        delete(directory);
      }
    }
  }

  private void delete(Path file) throws FileException {
    try {
      disk.delete(file);
    } catch (IOException e) {
      throw FileException.of(file, "cannot be removed", e);
    }
  }

  /// Removes the files that killed processes have begun and not moved to their places.
  ///
  /// @param others further directories to look at
  /// @throws IOException if one cannot be removed
  void removeTemporaries(List<Path> others) throws IOException {
    List<Path> all = new ArrayList<>(others);
    all.add(training);
    all.addAll(directories().values());
    for (Path directory : all) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          for (Path file : files.sorted().toList()) {
            if (TEMPORARY.matcher(String.valueOf(file.getFileName())).matches()) {
              delete(file);
            }
          }
        }
      }
    }
  }
}
