package haze.nn.safetensors;

import haze.nn.file.PrintableText;
import java.io.IOException;

/// A file of tensors that is not valid. The message is one line: the file, the place in it, what
/// was expected there.
public final class TensorFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN_CHARACTERS = 100;

  /// @param file the file's name
  /// @param problem the place in it and what was expected
  public TensorFileException(String file, String problem) {
    super(PrintableText.harmless(file + ": " + problem));
  }

  /// {@return a text from a file in a form that is safe to show: in quotation marks, on one line,
  /// not too long, with `?` for what is no printable character}
  public static String quote(String text) {
    boolean cut = text.codePointCount(0, text.length()) > SHOWN_CHARACTERS;
    String shown = cut ? text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARACTERS)) : text;
    return '"' + PrintableText.harmless(shown) + (cut ? "...\"" : "\"");
  }
}
