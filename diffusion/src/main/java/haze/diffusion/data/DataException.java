package haze.diffusion.data;

import haze.nn.file.FileException;
import haze.nn.file.PrintableText;
import java.io.IOException;

/// Says in one line what is wrong with a data file: the file, the place, and what was expected.
public final class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /// A problem that the reader found itself.
  ///
  /// @param file the file
  /// @param problem the place and what was expected there
  DataException(String file, String problem) {
    super(PrintableText.harmless(file + ": " + problem));
  }

  /// {@return that a file cannot be read, and why}
  static DataException unreadable(String file, IOException cause) {
    return new DataException(file, "cannot be read: " + FileException.reason(cause), cause);
  }

  /// A problem that something else found.
  ///
  /// @param file the file
  /// @param problem the place and what was expected there
  /// @param cause what found it
  DataException(String file, String problem, Throwable cause) {
    super(PrintableText.harmless(file + ": " + problem), cause);
  }
}
