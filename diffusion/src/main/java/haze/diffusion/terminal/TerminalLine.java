package haze.diffusion.terminal;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/// The terminal's last line, which is written over again and again, or none where the output is a
/// file or a pipe.
///
/// The terminal may be made narrower meanwhile, and a text that is then too long would begin a new
/// line each time it is drawn. A terminal that knows escape sequences is told not to wrap it. Many
/// terminals also break a line anew that stands there when they are made narrower; the cursor then
/// stays with its character. So it waits at the first one, and what is below is erased too. The
/// width itself is asked for every two seconds only, since that takes a process of a few
/// milliseconds.
final class TerminalLine {
  private static final long WIDTH_INTERVAL = 2_000_000_000;

  /// DEC private mode 7, "auto wrap": reset and set.
  private static final String NO_WRAP = "\u001b[?7l";

  private static final String WRAP = "\u001b[?7h";
  private static final String ERASE_BELOW = "\u001b[J";

  private final PrintWriter out;
  private final Supplier<OptionalInt> width;
  private final boolean escapes;
  private final LongSupplier nanoTime;
  private OptionalInt current;
  private long asked;

  /// How many characters stand on the line.
  private int onScreen;

  /// @param width columns of the terminal now; none if the output is no terminal
  /// @param escapes whether the terminal knows escape sequences
  /// @param nanoTime the time in nanoseconds from some moment on
  TerminalLine(
      PrintWriter out, Supplier<OptionalInt> width, boolean escapes, LongSupplier nanoTime) {
    this.out = out;
    this.width = width;
    this.escapes = escapes;
    this.nanoTime = nanoTime;
    current = width.get();
    asked = nanoTime.getAsLong();
  }

  /// {@return columns of the program's terminal, if its standard input and output are one on which
  /// a line can be written over}
  static OptionalInt width() {
    Console console = System.console();
    return console != null && console.isTerminal() && writesOver(System.getenv("TERM"))
        ? OptionalInt.of(columns(sttySize()).orElseGet(TerminalLine::wrappedWidth))
        : OptionalInt.empty();
  }

  /// {@return whether a terminal is more than a printer of lines, as an editor's window may be}
  ///
  /// @param term its kind, by the environment variable TERM
  static boolean writesOver(@Nullable String term) {
    return !"dumb".equals(term);
  }

  /// {@return the columns in what `stty size` says: `24 80`; none if it does not know}
  static OptionalInt columns(String size) {
    String text = size.strip();
    return text.matches("\\d+ [1-9]\\d{0,4}")
        ? OptionalInt.of(Integer.parseInt(text.substring(text.indexOf(' ') + 1)))
        : OptionalInt.empty();
  }

  private static String sttySize() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }

  /// What picocli wraps its help texts with, on other systems too: at least 55, and 80 if the
  /// terminal does not answer.
  private static int wrappedWidth() {
    return CommandSpec.create().usageMessage().autoWidth(true).width();
  }

  static boolean knowsEscapes() {
    return Ansi.AUTO.enabled();
  }

  boolean exists() {
    return current.isPresent();
  }

  /// {@return how many characters fit; 0 without a terminal}
  int columns() {
    long time = nanoTime.getAsLong();
    if (exists() && time - asked >= WIDTH_INTERVAL) {
      asked = time;
      OptionalInt now = width.get();
      current = now.isPresent() ? now : current;
    }
    // The last column stays free: some terminals begin a new line when it is written.
    return Math.max(0, current.orElse(1) - 1);
  }

  /// Writes a text over the line in one go. Without escape sequences spaces wipe out what is left
  /// of a longer one.
  void draw(String line) {
    String cut = line.substring(0, Math.min(line.length(), columns()));
    out.print(
        escapes
            ? "\r" + NO_WRAP + cut + ERASE_BELOW + WRAP + "\r"
            : "\r" + cut + " ".repeat(Math.max(0, onScreen - cut.length())));
    out.flush();
    onScreen = cut.length();
  }

  /// Wipes the line out, so that something else can be printed there.
  void clear() {
    draw("");
    out.print('\r');
  }
}
