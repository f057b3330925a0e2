package haze.diffusion.sampler;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// Receives how far a piece of work has come whose steps can be counted, such as sampling several
/// batches or evaluating many images.
@FunctionalInterface
public interface ProgressListener {
  /// Ignores progress.
  ProgressListener NONE = (_, _) -> {};

  /// Called after each step, by one thread at a time. An exception ends the work, and is thrown by
  /// it.
  ///
  /// @param done the steps that are done, from 1 to `total`
  /// @param total all steps
  void progressed(int done, int total);

  /// {@return a listener that passes all to this one, and ends the work with a
  /// [CancellationException] if it is to stop and there are steps left}
  ///
  /// @param stop whether to stop, asked after each step
  default ProgressListener until(BooleanSupplier stop) {
    return (done, total) -> {
      progressed(done, total);
      if (done < total && stop.getAsBoolean()) {
        throw new CancellationException("stopped after step " + done + " of " + total);
      }
    };
  }
}
