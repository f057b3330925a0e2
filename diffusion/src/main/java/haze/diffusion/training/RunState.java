package haze.diffusion.training;

import haze.nn.file.Disk;
import java.io.IOException;
import java.util.Optional;

/// How far a run is, by its last checkpoint, whether it goes on at the moment or not.
///
/// @param run the directory
/// @param step of the last checkpoint
/// @param validations those up to that step
record RunState(RunDirectory run, TrainingSettings settings, int step, ValidationLog validations) {
  /// {@return the state of a run}
  ///
  /// @throws IOException if a file of the run cannot be read or is damaged
  static RunState of(RunDirectory run) throws IOException {
    int step = run.checkpoints(Disk.system()).newestStep().orElse(0);
    return new RunState(
        run, TrainingSettings.read(run.config()), step, ValidationLog.upTo(step, run.validation()));
  }

  int steps() {
    return settings.get(Settings.STEPS);
  }

  /// {@return why it has no further step although it has not had all}
  Optional<String> stoppedEarly() {
    return validations.stoppedEarly(step, settings);
  }

  /// {@return whether it has had its last step}
  boolean isFinished() {
    return step >= steps() || validations.isExhausted(settings);
  }

  /// {@return whether it has had its last step, but was stopped before the last grid of samples was
  /// made}
  boolean lacksSamples() {
    return isFinished() && run.lacksSamples(step, settings);
  }
}
