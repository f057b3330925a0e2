package haze.diffusion.terminal;

import haze.diffusion.sampler.ProgressListener;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Shows how far a long piece of work has come, so that a person sees at a glance that it runs, how
/// well, and how long it will take.
///
/// ```
/// train  step  1200/5000 [==>        ]  loss 0.0312  58.2 images/s  elapsed 0:20  left 1:05
/// ```
///
/// On a terminal this is one line that is written over. It has what fits into the terminal's width,
/// also when that changes: a narrow one goes without the bar, the time that has elapsed, the text,
/// and the rate, in this order, and a very narrow one has a percentage in the place of the steps;
/// where the output is a file or a pipe it is a plain line after half a second, and then every few.
/// The time that is left is shown when the speed is steady. Any thread may call any method.
///
/// {@snippet file="haze/diffusion/terminal/ProgressTest.java" region="progress"}
public final class Progress implements ProgressListener, AutoCloseable {
  /// Ten updates a second are smooth and do not flicker.
  private static final long TERMINAL_INTERVAL = 100_000_000;

  private static final long PLAIN_INTERVAL = 5_000_000_000L;

  /// Whoever waits wants to know early that there is progress, and how fast.
  private static final long FIRST_PLAIN_INTERVAL = 500_000_000;

  private static final double NANOS_PER_SECOND = 1e9;
  private static final int MINUTE = 60;

  /// From here on a rate needs no decimals, and no second decimal.
  private static final int LARGE_RATE = 100;

  private static final int MEDIUM_RATE = 10;

  /// A shorter bar says nothing that the numbers do not.
  private static final int SHORTEST_BAR = 8;

  private static final int LONGEST_BAR = 30;

  /// What a narrow terminal does without, the first first: whoever looks wants to know how far it
  /// has come, and how long it will take.
  private static final List<Part> DISPENSABLE = List.of(Part.ELAPSED, Part.TEXT, Part.RATE);

  private final PrintWriter out;
  private final LongSupplier nanoTime;
  private final TerminalLine terminal;
  private final String what;
  private final int from;
  private final int total;
  private final double imagesPerStep;
  private final long start;
  private final Speed speed;

  /// From when on time has elapsed.
  private long since;

  private long shown;
  private int done;
  private String text = "";
  private boolean finished;

  /// Where the output goes and how time passes, for tests.
  ///
  /// @param nanoTime the time in nanoseconds from some moment on
  Progress(
      PrintWriter out,
      LongSupplier nanoTime,
      TerminalLine terminal,
      String what,
      int from,
      int total,
      double imagesPerStep) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.terminal = terminal;
    this.what = what;
    this.from = from;
    this.total = total;
    this.imagesPerStep = imagesPerStep;
    start = nanoTime.getAsLong();
    speed = new Speed(start, from);
    since = start;
    shown = start;
    done = from;
    if (terminal.exists()) {
      terminal.draw(line(start, speed.recent(start, done)));
    }
  }

  /// Begins to show progress.
  ///
  /// @param out where; taken for a terminal if the program's standard input and output are one
  /// @param what a word for the work: `train`, `sample`
  /// @param from how many steps were done before, not by this run; 0 at first
  /// @param total how many steps there are
  /// @param imagesPerStep how many images a step is worth, for the rate
  /// @return to be given every step, and to be closed
  public static Progress start(
      PrintWriter out, String what, int from, int total, double imagesPerStep) {
    var terminal =
        new TerminalLine(out, TerminalLine::width, TerminalLine.knowsEscapes(), System::nanoTime);
    return new Progress(out, System::nanoTime, terminal, what, from, total, imagesPerStep);
  }

  /// Shows the time that has elapsed since an earlier moment: for work that goes on after other
  /// work in between.
  ///
  /// @param nanos the moment, by the clock of [System#nanoTime]
  /// @return this
  public synchronized Progress elapsedSince(long nanos) {
    since = nanos;
    return this;
  }

  @Override
  public void progressed(int done, int all) {
    update(done, "");
  }

  /// A step is done; shown if the last time is long enough ago.
  ///
  /// @param done how many steps are done, `from` included
  /// @param text what else is worth knowing, such as `loss 0.0312`; may be empty
  public synchronized void update(int done, String text) {
    this.done = done;
    this.text = text;
    long now = nanoTime.getAsLong();
    if (now - shown >= interval()) {
      shown = now;
      show(line(now, speed.recent(now, done)));
    }
    speed.update(now, done);
  }

  private long interval() {
    if (terminal.exists()) {
      return TERMINAL_INTERVAL;
    }
    return shown == start ? FIRST_PLAIN_INTERVAL : PLAIN_INTERVAL;
  }

  /// Prints a line of its own, above the progress.
  ///
  /// @param line anything worth keeping, such as the name of a file that was written
  public synchronized void say(String line) {
    if (terminal.exists() && !finished) {
      terminal.clear();
      out.println(line);
      long now = nanoTime.getAsLong();
      terminal.draw(line(now, speed.recent(now, done)));
    } else {
      out.println(line);
      out.flush();
    }
  }

  /// Shows the last state, with the rate of the whole work, and ends the line.
  ///
  /// @param text as for [#update]
  public synchronized void finish(String text) {
    if (finished) {
      return;
    }
    this.text = text;
    long now = nanoTime.getAsLong();
    show(line(now, speed.overall(now, done)));
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
    if (terminal.exists()) {
      out.println();
      out.flush();
    }
  }

  private void show(String line) {
    if (terminal.exists()) {
      terminal.draw(line);
    } else {
      out.println(line);
      out.flush();
    }
  }

  private String line(long now, double stepsPerSecond) {
    // Before the first step, or if no time has passed, there is no rate.
    boolean known = stepsPerSecond > 0 && stepsPerSecond < Double.POSITIVE_INFINITY;
    Map<Part, String> parts = new EnumMap<>(Part.class);
    parts.put(Part.TEXT, text);
    parts.put(
        Part.RATE,
        known
            ? rate(stepsPerSecond * imagesPerStep) + " images/s"
            : done == from ? "warming up" : "");
    parts.put(Part.ELAPSED, "elapsed " + time((now - since) / NANOS_PER_SECOND));
    parts.put(
        Part.LEFT,
        known && done < total
            ? "left " + (speed.isSteady() ? time((total - done) / stepsPerSecond) : "?")
            : "");
    String all = Integer.toString(total);
    String padding = " ".repeat(Math.max(0, all.length() - Integer.toString(done).length()));
    String counted = what + "  step " + padding + done + "/" + all;
    for (Part part : DISPENSABLE) {
      if (fits(counted, parts)) {
        break;
      }
      parts.remove(part);
    }
    if (!fits(counted, parts) && total > 0) {
      counted = what + "  " + 100L * done / total + " %";
    }
    String rest = joined(parts);
    return counted + bar(terminal.columns() - counted.length() - rest.length()) + rest;
  }

  /// What follows the count, in the order of the line.
  private enum Part {
    TEXT,
    RATE,
    ELAPSED,
    LEFT
  }

  private boolean fits(String counted, Map<Part, String> parts) {
    return !terminal.exists() || counted.length() + joined(parts).length() <= terminal.columns();
  }

  private static String joined(Map<Part, String> parts) {
    return parts.values().stream()
        .filter(part -> !part.isEmpty())
        .map(part -> "  " + part)
        .collect(Collectors.joining());
  }

  /// A bar that fills the columns that are free, if they are enough.
  private String bar(int free) {
    int length = Math.min(LONGEST_BAR, free - " []".length());
    if (length < SHORTEST_BAR || total <= 0) {
      return "";
    }
    int full = (int) ((long) length * Math.min(done, total) / total);
    return " ["
        + "=".repeat(full)
        + (full < length ? ">" + " ".repeat(length - full - 1) : "")
        + "]";
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
