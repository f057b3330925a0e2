package haze.diffusion.terminal;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP as a request to stop: until this is closed they do not end
/// the JVM, but the work does, which asks [#isRequested] between its steps.
///
/// A second signal ends the JVM at once if it comes when [#GRACE] is over, for a step that takes
/// too long; before that, as when Ctrl-C is pressed twice, it changes nothing. Signals that the JVM
/// was started to ignore, as `nohup` does with SIGHUP, stay ignored.
///
/// Work that has nothing to save yet is [#atOnce] ended, until it [#begin]s.
public final class Interrupt implements AutoCloseable {
  /// From the first signal on.
  public static final Duration GRACE = Duration.ofSeconds(10);

  /// The exit code is 128 and the signal's number, as shells have it.
  private static final int EXIT_CODE = 128;

  private final boolean exits;
  private final Duration grace;
  private final Signals signals;
  private volatile int signal;
  private @Nullable Runnable last;
  private long since;

  /// From now on signals are requests.
  public Interrupt() {
    this(false, GRACE);
  }

  /// Puts signals off: the JVM ends when this is closed, for files that are written to their end.
  public static Interrupt delay() {
    return new Interrupt(true, GRACE);
  }

  /// A signal ends the JVM at once, until [#begin] makes signals requests.
  ///
  /// @param last what is done before it ends, such as to print a line
  public static Interrupt atOnce(Runnable last) {
    return new Interrupt(false, GRACE, last);
  }

  /// An interrupt with another grace, for tests.
  ///
  /// @param exits whether the JVM ends when this is closed, if there was a signal
  Interrupt(boolean exits, Duration grace) {
    this(exits, grace, null);
  }

  private Interrupt(boolean exits, Duration grace, @Nullable Runnable last) {
    this.exits = exits;
    this.grace = grace;
    this.last = last;
    signals = new Signals(List.of("INT", "TERM", "HUP"), this::received);
  }

  private synchronized void received(int number) {
    Runnable ending = last;
    if (ending != null) {
      ending.run();
      System.exit(EXIT_CODE + number);
    }
    if (signal == 0) {
      since = System.nanoTime();
      signal = number;
    } else if (System.nanoTime() - since >= grace.toNanos()) {
      Runtime.getRuntime().halt(EXIT_CODE + number);
    }
  }

  /// The work begins: from now on signals are requests.
  public synchronized void begin() {
    last = null;
  }

  /// {@return whether the work is asked to stop}
  public boolean isRequested() {
    return signal != 0;
  }

  /// {@return what a program ends with that was asked to stop and did: 130 for SIGINT, 143 for
  /// SIGTERM, 129 for SIGHUP}
  ///
  /// @throws IllegalStateException if it was not asked
  public int exitCode() {
    if (!isRequested()) {
      throw new IllegalStateException("interrupt: there was no signal");
    }
    return EXIT_CODE + signal;
  }

  /// Signals do again what they did before, unless there was one: who was asked to stop is about to
  /// end, and has an exit code that another signal is not to change.
  @Override
  public void close() {
    if (!isRequested()) {
      signals.close();
    } else if (exits) {
      System.exit(exitCode());
    }
  }
}
