package haze.diffusion.training;

import haze.diffusion.pipeline.Pipeline;
import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// Writes the files of a run, in an order in which any cut leaves what the run can go on from:
///
/// 1. The lines of the metrics are forced.
/// 2. The checkpoint's state is written, then the model.
/// 3. The manifest of both makes them a checkpoint.
/// 4. Older checkpoints are removed.
///
/// Owns the lock of the run.
final class RunFiles implements AutoCloseable {
  private final RunDirectory directory;
  private final Disk disk;
  private final RunLock lock;
  private final MetricsLog metrics;
  private final Checkpoints checkpoints;
  private int saved;
  private boolean hasManifest;
  private boolean hasModel;

  private RunFiles(RunDirectory directory, Disk disk, RunLock lock) {
    this.directory = directory;
    this.disk = disk;
    this.lock = lock;
    metrics = new MetricsLog(directory.metrics(), disk);
    checkpoints = directory.checkpoints(disk);
  }

  /// Makes the directory of a new run, and locks it.
  ///
  /// @throws IOException if there is something in it already, or it can't be made
  static RunFiles begin(RunDirectory directory, Disk disk) throws IOException {
    RunDirectory.requireUnused(directory.path());
    disk.createDirectories(directory.training());
    RunFiles files = lock(directory, disk);
    try {
      // Another process may have begun a run in the meantime.
      RunDirectory.requireUnused(directory.path());
      files.mark();
      return files;
    } catch (Throwable e) {
      files.closeAfter(e);
      throw e;
    }
  }

  /// {@return the files of an existing run, locked; nothing is changed yet}
  ///
  /// @throws IOException if another process has it
  static RunFiles lock(RunDirectory directory, Disk disk) throws IOException {
    return new RunFiles(directory, disk, RunLock.take(directory.training()));
  }

  /// From now on, what is there is a beginning, up to its first checkpoint.
  private void mark() throws IOException {
    Path mark = directory.beginning();
    if (Files.exists(mark)) {
      return;
    }
    try {
      disk.create(mark).close();
      disk.force(directory.training());
    } catch (IOException e) {
      throw FileException.of(mark, "cannot be written", e);
    }
  }

  /// Writes the files of a new run: those that never change, then its first checkpoint.
  void start(Trainer trainer, Pipeline model, TrainingSettings settings) throws IOException {
    removeTemporaries();
    metrics.create();
    model.saveConfiguration(disk, directory.path());
    write(settings);
    save(trainer, model, settings, OptionalDouble.empty());
    endBeginning();
  }

  private void endBeginning() throws IOException {
    Path mark = directory.beginning();
    if (Files.exists(mark)) {
      try {
        disk.delete(mark);
        disk.force(directory.training());
      } catch (IOException e) {
        throw FileException.of(mark, "cannot be removed", e);
      }
    }
  }

  /// {@return the checkpoints}
  Checkpoints checkpoints() {
    return checkpoints;
  }

  /// {@return where the run is}
  Disk disk() {
    return disk;
  }

  /// Writes the settings of the run.
  void write(TrainingSettings settings) throws IOException {
    settings.write(disk, directory.config());
  }

  /// {@return what of the metrics belongs to a run that goes on from a step}
  ///
  /// @throws IOException if the file is none of a run
  MetricsLog.Kept metrics(int step) throws IOException {
    return metrics.read(step);
  }

  /// Goes on from a checkpoint: removes what a crash has left, and the metrics of later steps.
  ///
  /// @param modelIsThere whether the model is that of the checkpoint, see [#hasModel]
  /// @param kept what of the metrics remains
  void goOn(Checkpoint checkpoint, boolean modelIsThere, MetricsLog.Kept kept) throws IOException {
    removeTemporaries();
    endBeginning();
    metrics.keep(kept);
    saved = checkpoint.step();
    hasManifest = checkpoint.model().isPresent();
    hasModel = modelIsThere;
  }

  /// {@return whether the model that is there is the one of a checkpoint}
  boolean hasModel(Checkpoint checkpoint) {
    try {
      int found = Checksum.of(Pipeline.weightsFile(directory.path())).crc32c();
      return checkpoint.model().filter(expected -> expected == found).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private void removeTemporaries() throws IOException {
    List<Path> places = new ArrayList<>();
    for (Path model : List.of(directory.path(), directory.best())) {
      places.add(model);
      places.add(Pipeline.weightsFile(model).resolveSibling(""));
      places.add(model.resolve("scheduler"));
    }
    places.add(directory.samples(0).resolveSibling(""));
    places.add(directory.emaSnapshots());
    checkpoints.removeTemporaries(places);
  }

  /// Appends a step's line to the metrics.
  void append(Trainer.Step step) throws IOException {
    metrics.append(step);
  }

  /// {@return the step of the last checkpoint that is on the disk}
  int saved() {
    return saved;
  }

  /// Writes a checkpoint, unless it is there.
  ///
  /// @param model the model with the averaged weights
  /// @throws IOException if a file can't be written; the checkpoint before is then still there, or,
  ///   if one of those could not be removed, the new one too
  void save(
      Trainer trainer, Pipeline model, TrainingSettings settings, OptionalDouble validationLoss)
      throws IOException {
    int step = trainer.completed();
    if (saved != step || !hasManifest) {
      metrics.force();
      checkpoints.write(trainer, settings, () -> saveModel(step, model), validationLoss);
      int before = saved;
      saved = step;
      hasManifest = true;
      hasModel = true;
      checkpoints.prune(before, step, settings.get(Settings.KEEP));
    } else if (!hasModel) {
      saveModel(step, model);
      hasModel = true;
    }
  }

  private Checksum saveModel(int step, Pipeline model) throws IOException {
    return model.saveWeights(
        disk, directory.path(), Map.of(Checkpoint.STEP, Integer.toString(step)));
  }

  /// Closes after a failure, which a second one does not hide.
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
