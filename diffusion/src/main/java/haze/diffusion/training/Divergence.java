package haze.diffusion.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.NavigableMap;

/// Knows when training has diverged: after [#MOST] steps in a row whose loss or gradient is not
/// finite, and which were therefore not applied.
final class Divergence {
  private static final int MOST = 3;

  private final RunDirectory directory;
  private final TrainingSettings settings;
  private final RunFiles files;
  private int inARow;
  private int last;

  Divergence(RunDirectory directory, TrainingSettings settings, RunFiles files) {
    this.directory = directory;
    this.settings = settings;
    this.files = files;
  }

  /// Takes note of a step.
  void add(Trainer.Step step) {
    inARow = step.isApplied() ? 0 : inARow + 1;
    last = step.step();
  }

  /// {@return whether training has diverged}
  boolean isThere() {
    return inARow >= MOST;
  }

  /// Checks that training has not diverged.
  ///
  /// @throws TrainingException if it has, with the steps, and how to go on
  /// @throws IOException if the checkpoints cannot be listed
  void check() throws IOException, TrainingException {
    if (isThere()) {
      throw new TrainingException(
          "training: steps %d to %d have no finite loss and gradient. %s"
              .formatted(last - inARow + 1, last, remedy()));
    }
  }

  private String remedy() throws IOException {
    int saved = files.saved();
    String smaller =
        String.format(
            Locale.ROOT,
            "with smaller steps: haze train --resume --out %s --lr %.3g, or --clip-norm %.3g",
            directory.path(),
            settings.get(Settings.LEARNING_RATE) / 2,
            settings.get(Settings.CLIP_NORM) / 2);
    if (saved != last - inARow) {
      return "The checkpoint of step " + saved + " is kept; to go on from there " + smaller;
    }
    NavigableMap<Integer, Path> checkpoints = files.checkpoints().lastTwo();
    String none = "The weights of step " + saved + ", the last checkpoint, give none: ";
    return checkpoints.size() < 2
        ? none + "--from starts a new run from an earlier model"
        : none
            + "remove "
            + checkpoints.lastEntry().getValue()
            + " to go on from step "
            + checkpoints.firstKey()
            + " "
            + smaller;
  }
}
