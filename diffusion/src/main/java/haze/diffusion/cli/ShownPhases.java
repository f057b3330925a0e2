package haze.diffusion.cli;

import haze.diffusion.editing.EditListener;
import haze.diffusion.sampler.ProgressListener;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/// Shows the progress of work that has several phases, one after the other.
final class ShownPhases implements EditListener, AutoCloseable {
  private final PrintWriter console;
  private @Nullable Progress progress;

  ShownPhases(PrintWriter console) {
    this.console = console;
  }

  @Override
  public ProgressListener phase(String name, int steps, int images) {
    Progress phase = Progress.start(console, name, 0, steps, (double) images / steps);
    progress = phase;
    return (done, total) -> {
      phase.update(done, "");
      if (done == total) {
        phase.finish("");
      }
    };
  }

  @Override
  public void note(String line) {
    console.println(line);
  }

  @Override
  public void close() {
    if (progress != null) {
      progress.close();
    }
  }
}
