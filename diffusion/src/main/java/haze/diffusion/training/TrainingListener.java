package haze.diffusion.training;

import java.nio.file.Path;

/// Watches a run. Each method does nothing unless it is overridden.
public interface TrainingListener {
  /// Ignores the run.
  TrainingListener NONE = new TrainingListener() {};

  /// Called after each step.
  ///
  /// @param step what it did
  default void stepped(Trainer.Step step) {}

  /// Called after the weights were measured on held-out images.
  ///
  /// @param validation what came out
  default void validated(Validation validation) {}

  /// Called after each step of the sampler for a grid of samples.
  ///
  /// @param done the sampler's steps so far, from 1
  /// @param total all its steps
  default void sampling(int done, int total) {}

  /// Called after a checkpoint was saved, of the step that the run has.
  default void saved() {}

  /// Called after a grid of samples was written.
  ///
  /// @param file the figure
  default void sampled(Path file) {}

  /// Called when something went wrong that does not end the run, such as a checkpoint on the way
  /// that the disk had no room for.
  ///
  /// @param problem one line
  default void warned(String problem) {}

  /// {@return a listener that passes all to this one, then to another}
  default TrainingListener and(TrainingListener other) {
    TrainingListener self = this;
    return new TrainingListener() {
      @Override
      public void stepped(Trainer.Step step) {
        self.stepped(step);
        other.stepped(step);
      }

      @Override
      public void validated(Validation validation) {
        self.validated(validation);
        other.validated(validation);
      }

      @Override
      public void sampling(int done, int total) {
        self.sampling(done, total);
        other.sampling(done, total);
      }

      @Override
      public void saved() {
        self.saved();
        other.saved();
      }

      @Override
      public void sampled(Path file) {
        self.sampled(file);
        other.sampled(file);
      }

      @Override
      public void warned(String problem) {
        self.warned(problem);
        other.warned(problem);
      }
    };
  }
}
