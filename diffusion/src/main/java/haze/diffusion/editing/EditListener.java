package haze.diffusion.editing;

import haze.diffusion.sampler.ProgressListener;

/// Watches an edit, which may have several phases.
public interface EditListener {
  /// Ignores everything.
  EditListener NONE =
      new EditListener() {
        @Override
        public ProgressListener phase(String name, int steps, double images) {
          return ProgressListener.NONE;
        }

        @Override
        public void note(String line) {}
      };

  /// Called before a phase.
  ///
  /// @param name a word for it, such as `denoise`
  /// @param steps how many steps it has, at least 1
  /// @param images how many images are done with all of them
  /// @return notified after every step
  ProgressListener phase(String name, int steps, double images);

  /// Called with something that is worth knowing, such as where the edit begins.
  ///
  /// @param line for people
  void note(String line);
}
