package haze.diffusion.sampler;

/// Receives how far a piece of work has come whose steps can be counted, such as sampling several
/// batches or evaluating many images.
@FunctionalInterface
public interface ProgressListener {
  /// Ignores progress.
  ProgressListener NONE = (_, _) -> {};

  /// Called after each step, by one thread at a time.
  ///
  /// @param done the steps that are done, from 1 to `total`
  /// @param total all steps
  void progressed(int done, int total);
}
