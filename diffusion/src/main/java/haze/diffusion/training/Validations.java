package haze.diffusion.training;

import haze.diffusion.pipeline.Pipeline;
import haze.nn.file.Disk;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// The validations of a run: makes those that are due, that of the last step among them, keeps the
/// best model, and knows when the loss on held-out images does not fall any more.
///
/// @param directory the run's
/// @param disk where it is
/// @param settings the run's
/// @param validator measures; none if the run does not
/// @param log those so far
record Validations(
    RunDirectory directory,
    Disk disk,
    TrainingSettings settings,
    Optional<Validator> validator,
    ValidationLog log) {

  /// Measures the averaged weights of a step if that is due and not done. The best model is written
  /// before the line that says so. If the line was not written, that is done now.
  ///
  /// @param averaged the model with the averaged weights, asked for before they are measured
  /// @param stop whether to give up; not asked at the last step
  /// @return what came out, if it was measured or written
  /// @throws IOException if a file can't be written
  Optional<Validation> make(int step, Supplier<Pipeline> averaged, BooleanSupplier stop)
      throws IOException {
    int every = settings.get(Settings.VALIDATE_EVERY);
    boolean last = step >= settings.get(Settings.STEPS);
    boolean due = every > 0 && step > 0 && (last || step % every == 0);
    if (validator.isEmpty() || !due) {
      return Optional.empty();
    }
    if (log.has(step)) {
      return log.write(disk) ? log.last() : Optional.empty();
    }
    Pipeline model = averaged.get();
    Optional<Validation> measured = validator.get().run(step, () -> !last && stop.getAsBoolean());
    if (measured.isPresent()) {
      if (log.isBetter(measured.get())) {
        model.saveWeights(disk, directory.best(), Map.of());
        model.saveConfiguration(disk, directory.best());
      }
      log.add(measured.get(), disk);
    }
    return measured;
  }

  /// Drops from the file what comes after the step that the run goes on from.
  void drop() throws IOException {
    log.write(disk);
  }

  /// {@return the loss at a step, if it was measured and is finite}
  OptionalDouble loss(int step) {
    return log.loss(step);
  }

  /// {@return the one with the least loss}
  Optional<Validation> best() {
    return log.best();
  }

  /// {@return whether that is the one of a step}
  boolean isBest(int step) {
    return best().filter(best -> best.step() == step).isPresent();
  }

  /// {@return whether the loss has not fallen for as long as the run's patience}
  boolean isExhausted() {
    return log.isExhausted(settings);
  }

  /// {@return why a run has no further step although it has not had all}
  ///
  /// @param step the last one
  Optional<String> stoppedEarly(int step) {
    return log.stoppedEarly(step, settings);
  }
}
