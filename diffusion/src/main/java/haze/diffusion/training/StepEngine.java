package haze.diffusion.training;

import haze.diffusion.data.ImageDataset;
import haze.nn.BatchStep;
import haze.nn.ShardedStep;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Where the steps of a run are computed: in this process, or by other machines. Its weights are
/// the same bits either way.
public interface StepEngine extends AutoCloseable {
  /// The threads of this process.
  StepEngine HERE =
      new StepEngine() {
        @Override
        public BatchStep.Factory steps(Path run, Optional<ImageDataset> images) {
          return ShardedStep::new;
        }

        @Override
        public String toString() {
          return "this process";
        }
      };

  /// {@return what computes the steps of a run}
  ///
  /// Nothing is asked of other machines before [BatchStep#warmUp] or the first step; by then the
  /// run's [RunConfiguration] is in its directory.
  ///
  /// @param run the directory of the run, which may not be there yet
  /// @param images images in memory, if the run learns from such
  BatchStep.Factory steps(Path run, Optional<ImageDataset> images);

  /// {@return the number of threads that compute shards at the same time}
  ///
  /// @param here those of this process
  default int threads(Workers here) {
    return here.threads();
  }

  /// {@return images that it has read, which a run learns from in the place of others}
  ///
  /// @throws IOException if they cannot be read
  default Optional<ImageDataset> images() throws IOException {
    return Optional.empty();
  }

  /// Prepares for a run: if the engine keeps copies of runs, one that is to be resumed, and is not
  /// there, is brought back.
  ///
  /// @param resume whether it is not a new one
  /// @throws IOException if a copy cannot be read, or there is one of another run
  default void prepare(Path run, boolean resume) throws IOException {}

  /// Begins to keep a copy of a run, if the engine keeps such. The run has its first checkpoint,
  /// and goes on now.
  ///
  /// @return what brings the copy up to date
  default TrainingListener keepCopy(Path run) {
    return new TrainingListener() {};
  }

  /// Says who is told of troubles that it masters, such as a machine that is lost.
  ///
  /// @param receiver of lines of text
  default void onWarning(Consumer<String> receiver) {}

  /// {@return what a person should know of it, a line each}
  default List<String> notes() {
    return List.of();
  }

  /// Lets go of other machines.
  @Override
  default void close() {}
}
