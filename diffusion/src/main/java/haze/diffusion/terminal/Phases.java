package haze.diffusion.terminal;

import haze.diffusion.editing.EditListener;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/// Shows the progress of work that has one phase or several, one after the other.
public final class Phases implements EditListener, AutoCloseable {
  private final PrintWriter console;
  private @Nullable Progress progress;

  /// @param console where, see [Progress#start]
  public Phases(PrintWriter console) {
    this.console = console;
  }

  @Override
  public Progress phase(String name, int steps, double images) {
    finish();
    Progress next = Progress.start(console, name, 0, steps, images / steps);
    progress = next;
    return next;
  }

  @Override
  public void note(String line) {
    finish();
    console.println(line);
  }

  /// Ends the phase: all of its steps are done.
  public void finish() {
    if (progress != null) {
      progress.finish("");
    }
  }

  @Override
  public void close() {
    if (progress != null) {
      progress.close();
    }
  }
}
