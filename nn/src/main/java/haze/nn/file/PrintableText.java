package haze.nn.file;

import java.text.Normalizer;
import java.util.regex.Pattern;

/// Text of files, such as the name of a class, made harmless for terminals and figures. Letters of
/// all scripts stay.
public final class PrintableText {
  /// The longest text.
  public static final int MAX_CHARACTERS = 200;

  /// Control characters begin a terminal's commands, and format characters turn the direction of
  /// what follows them; those that join letters are part of words in some scripts.
  private static final Pattern HARMFUL =
      Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}&&[^\\p{IsJoin_Control}]]");

  private PrintableText() {}

  /// {@return a text with `?` for each character that does something else than being read}
  public static String harmless(String text) {
    return HARMFUL.matcher(text).replaceAll("?");
  }

  /// {@return a text on one line, with `?` for each character that does something else than being
  /// read, no space at the ends, composed letters (NFC), and cut after [#MAX_CHARACTERS]}
  public static String of(String text) {
    String line = harmless(Normalizer.normalize(text, Normalizer.Form.NFC)).strip();
    return line.codePointCount(0, line.length()) <= MAX_CHARACTERS
        ? line
        : line.substring(0, line.offsetByCodePoints(0, MAX_CHARACTERS));
  }
}
