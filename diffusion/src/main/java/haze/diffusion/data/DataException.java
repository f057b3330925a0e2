package haze.diffusion.data;

import java.io.IOException;

/// Says in one line what is wrong with a data file: the file, the place, and what was expected.
public final class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /// A problem that the reader found itself.
  ///
  /// @param file the file
  /// @param problem the place and what was expected there
  DataException(String file, String problem) {
    super(file + ": " + problem);
  }

  /// A problem that something else found.
  ///
  /// @param file the file
  /// @param problem the place and what was expected there
  /// @param cause what found it
  DataException(String file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
