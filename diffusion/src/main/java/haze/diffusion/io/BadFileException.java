package haze.diffusion.io;

import haze.nn.file.PrintableText;
import java.io.IOException;
import java.nio.file.Path;

/// A file is not as it must be; the message is one line: which file, where in it, what was
/// expected.
public final class BadFileException extends IOException {
  private static final long serialVersionUID = 1;

  private static final int SHOWN_CHARACTERS = 80;

  /// A problem in a file.
  ///
  /// @param problem the place in it and what was expected there
  public BadFileException(Path file, String problem) {
    super(PrintableText.harmless(file + ": " + problem));
  }

  /// {@return a text from a file in a form that is safe to show: on one line, not too long,
  /// printable ASCII with `?` for everything else}
  public static String shown(String text) {
    String printable = text.replaceAll("[^ -~]", "?");
    return printable.length() <= SHOWN_CHARACTERS
        ? printable
        : printable.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
