package haze.diffusion.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import picocli.CommandLine.Model.CommandSpec;

/// Shows how far a long piece of work has come, so that a person sees at a glance that it runs, how
/// well, and how long it will take.
///
/// ```
/// train  step  1200/5000  loss 0.0312  58.2 images/s  elapsed 0:20  left 1:05
/// ```
///
/// On a terminal this is one line that is written over, cut to the terminal's width; where the
/// output is a file or a pipe it is a plain line after the first second, and then every few. Any
/// thread may call any method.
final class Progress implements AutoCloseable {
  /// Ten updates a second are smooth and do not flicker.
  private static final long TERMINAL_INTERVAL = 100_000_000;

  private static final long PLAIN_INTERVAL = 5_000_000_000L;

  /// Whoever waits wants to know early that there is progress, and how fast.
  private static final long FIRST_PLAIN_INTERVAL = 1_000_000_000L;

  /// The rate is that of about so long: it forgets a slow start, and does not jump.
  private static final long RATE_WINDOW = 15_000_000_000L;

  private static final long MARK_INTERVAL = 500_000_000;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int MINUTE = 60;

  /// From here on a rate needs no decimals, and no second decimal.
  private static final int LARGE_RATE = 100;

  private static final int MEDIUM_RATE = 10;

  /// A moment in the past and how far the work was then.
  private record Mark(long nanos, int done) {}

  private final PrintWriter out;
  private final LongSupplier nanoTime;
  private final OptionalInt terminalWidth;
  private final String what;
  private final int total;
  private final double imagesPerStep;
  private final Mark start;
  private final Deque<Mark> marks = new ArrayDeque<>();

  /// From when on time has elapsed.
  private long since;

  private long shown;

  /// How many characters stand on the terminal's line.
  private int onScreen;

  private int done;
  private String text = "";
  private boolean finished;

  /// Where the output goes and how time passes, for tests.
  ///
  /// @param nanoTime the time in nanoseconds from some moment on
  /// @param terminalWidth columns of the terminal; none if the output is no terminal
  Progress(
      PrintWriter out,
      LongSupplier nanoTime,
      OptionalInt terminalWidth,
      String what,
      int from,
      int total,
      double imagesPerStep) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.terminalWidth = terminalWidth;
    this.what = what;
    this.total = total;
    this.imagesPerStep = imagesPerStep;
    start = new Mark(nanoTime.getAsLong(), from);
    marks.add(start);
    since = start.nanos();
    shown = start.nanos();
    done = from;
    if (terminalWidth.isPresent()) {
      draw(line(start.nanos()));
    }
  }

  /// Begins to show progress.
  ///
  /// @param out where; taken for a terminal if the program's standard input and output are one
  /// @param what a word for the work: `train`, `sample`
  /// @param from how many steps were done before, not by this run; 0 at first
  /// @param total how many steps there are
  /// @param imagesPerStep how many images a step is worth, for the rate
  /// @return to be told of every step, and to be closed
  static Progress start(PrintWriter out, String what, int from, int total, double imagesPerStep) {
    return new Progress(out, System::nanoTime, terminalWidth(), what, from, total, imagesPerStep);
  }

  /// Shows the time that has elapsed since an earlier moment: for work that goes on after other
  /// work in between.
  ///
  /// @param nanos the moment, by the clock of [System#nanoTime]
  /// @return this
  synchronized Progress elapsedSince(long nanos) {
    since = nanos;
    return this;
  }

  private static OptionalInt terminalWidth() {
    Console console = System.console();
    // What picocli wraps its help texts with: it asks the terminal, and says 80 if there is no
    // answer.
    return console != null && console.isTerminal()
        ? OptionalInt.of(CommandSpec.create().usageMessage().autoWidth(true).width())
        : OptionalInt.empty();
  }

  /// Tells of a step; shown if the last time is long enough ago.
  ///
  /// @param done how many steps are done, `from` included
  /// @param text what else is worth knowing, such as `loss 0.0312`; may be empty
  synchronized void update(int done, String text) {
    this.done = done;
    this.text = text;
    long now = nanoTime.getAsLong();
    if (now - shown >= interval()) {
      shown = now;
      show(line(now));
    }
    if (now - marks.getLast().nanos() >= MARK_INTERVAL) {
      marks.add(new Mark(now, done));
    }
    while (marks.size() > 1 && now - marks.getFirst().nanos() > RATE_WINDOW) {
      marks.removeFirst();
    }
  }

  /// The time between the last state shown and the next.
  private long interval() {
    if (terminalWidth.isPresent()) {
      return TERMINAL_INTERVAL;
    }
    return shown == start.nanos() ? FIRST_PLAIN_INTERVAL : PLAIN_INTERVAL;
  }

  /// Prints a line of its own, above the progress.
  ///
  /// @param line anything worth keeping, such as the name of a file that was written
  synchronized void say(String line) {
    if (terminalWidth.isPresent() && !finished) {
      draw("");
      out.print('\r');
      out.println(line);
      draw(line(nanoTime.getAsLong()));
    } else {
      out.println(line);
      out.flush();
    }
  }

  /// Shows the last state, with the rate of the whole work, and ends the line.
  ///
  /// @param text as for [#update]
  synchronized void finish(String text) {
    if (finished) {
      return;
    }
    this.text = text;
    marks.clear();
    marks.add(start);
    show(line(nanoTime.getAsLong()));
    end();
  }

  /// Ends the line as it is, if [#finish] has not: after a failure.
  @Override
  public synchronized void close() {
    if (!finished) {
      end();
    }
  }

  private void end() {
    finished = true;
    if (terminalWidth.isPresent()) {
      out.println();
      out.flush();
    }
  }

  private void show(String line) {
    if (terminalWidth.isPresent()) {
      draw(line);
    } else {
      out.println(line);
      out.flush();
    }
  }

  /// Writes over the terminal's line in one go. Spaces wipe out what is left of a longer one; they
  /// need no escape sequences, which some terminals would print.
  private void draw(String line) {
    // The last column stays free: some terminals begin a new line when it is written.
    int columns = Math.max(0, terminalWidth.orElseThrow() - 1);
    String cut = line.substring(0, Math.min(line.length(), columns));
    out.print("\r" + cut + " ".repeat(Math.max(0, onScreen - cut.length())));
    out.flush();
    onScreen = cut.length();
  }

  private String line(long now) {
    StringJoiner line = new StringJoiner("  ");
    String all = Integer.toString(total);
    String padding = " ".repeat(Math.max(0, all.length() - Integer.toString(done).length()));
    line.add(what).add("step " + padding + done + "/" + all);
    if (!text.isEmpty()) {
      line.add(text);
    }
    Mark before = marks.getFirst();
    double stepsPerSecond = (done - before.done()) * NANOS_PER_SECOND / (now - before.nanos());
    // Before the first step, or if no time has passed, there is no rate.
    boolean known = stepsPerSecond > 0 && stepsPerSecond < Double.POSITIVE_INFINITY;
    if (known) {
      line.add(rate(stepsPerSecond * imagesPerStep) + " images/s");
    }
    line.add("elapsed " + time((now - since) / NANOS_PER_SECOND));
    if (known && done < total) {
      line.add("left " + time((total - done) / stepsPerSecond));
    }
    return line.toString();
  }

  private static String rate(double rate) {
    String format = rate >= LARGE_RATE ? "%.0f" : rate >= MEDIUM_RATE ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, rate);
  }

  /// Seconds as `4:09` or `1:04:09`.
  static String time(double seconds) {
    long s = Math.round(seconds);
    long m = s / MINUTE;
    long h = m / MINUTE;
    return h > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", h, m % MINUTE, s % MINUTE)
        : String.format(Locale.ROOT, "%d:%02d", m, s % MINUTE);
  }
}
