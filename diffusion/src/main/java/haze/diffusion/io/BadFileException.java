package haze.diffusion.io;

import java.io.IOException;
import java.nio.file.Path;

/// Says in one line which file is not as it must be, where, and what was expected there.
public final class BadFileException extends IOException {
  private static final long serialVersionUID = 1;

  private static final int SHOWN_CHARACTERS = 80;

  /// A problem in a file.
  ///
  /// @param file the file
  /// @param problem the place in it and what was expected there
  public BadFileException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /// A text from a file in a form that is safe to show: on one line, not too long, and nothing that
  /// a terminal would take for a command.
  ///
  /// @param text anything
  /// @return printable ASCII, with `?` for everything else
  public static String shown(String text) {
    String printable = text.replaceAll("[^ -~]", "?");
    return printable.length() <= SHOWN_CHARACTERS
        ? printable
        : printable.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
