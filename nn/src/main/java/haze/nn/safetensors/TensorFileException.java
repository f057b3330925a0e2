package haze.nn.safetensors;

import java.io.IOException;

/// A file of tensors that is not valid. The message is one line: the file, the place in it, what
/// was expected there.
public final class TensorFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN_CHARACTERS = 100;

  /// @param file the file's name
  /// @param problem the place in it and what was expected
  public TensorFileException(String file, String problem) {
    super(file + ": " + problem);
  }

  /// {@return a text from a file in a form that is safe to show: in quotation marks, on one line,
  /// not too long, with `?` for what is no printable character}
  public static String quote(String text) {
    var shown = new StringBuilder("\"");
    text.codePoints()
        .limit(SHOWN_CHARACTERS)
        .forEach(c -> shown.appendCodePoint(isPrintable(c) ? c : '?'));
    boolean cut = text.codePointCount(0, text.length()) > SHOWN_CHARACTERS;
    return shown.append(cut ? "...\"" : "\"").toString();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
