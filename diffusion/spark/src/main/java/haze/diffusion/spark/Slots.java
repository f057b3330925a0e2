package haze.diffusion.spark;

import static haze.diffusion.io.Quantities.counted;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/// The room that a cluster has for tasks that run at the same time. A barrier stage that finds too
/// little would wait for ten minutes and say nothing.
///
/// @param tasks that are to run
/// @param threads of each
record Slots(JavaSparkContext context, int tasks, int threads) {
  /// For executors to come.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// That they usually take.
  private static final Duration USUAL = Duration.ofSeconds(15);

  private static final Duration LOOK = Duration.ofMillis(500);

  private int free() {
    return context
        .sc()
        .maxNumConcurrentTasks(context.sc().resourceProfileManager().defaultResourceProfile());
  }

  /// Waits until there is room for all tasks.
  ///
  /// @param stop whether to give up, asked now and then
  /// @param warnings are told if it takes long
  /// @throws IOException if there is none in time, or never
  void await(BooleanSupplier stop, Consumer<String> warnings) throws IOException {
    long begin = System.nanoTime();
    boolean told = false;
    while (free() < tasks) {
      long waited = System.nanoTime() - begin;
      boolean local = context.master().equals("local") || context.master().startsWith("local[");
      if (local || context.sc().isStopped() || waited > PATIENCE.toNanos()) {
        throw new IOException(
            "spark: "
                + context.master()
                + " has room for "
                + counted(free(), "task")
                + " of "
                + counted(threads, "thread")
                + " at a time, expected "
                + tasks
                + (local ? "" : "; the logs of its executors say why there are no more"));
      }
      if (stop.getAsBoolean()) {
        throw new IOException("stopped while it waited for executors");
      }
      if (!told && waited > USUAL.toNanos()) {
        warnings.accept(
            "waiting for executors: there is room for " + free() + " of " + tasks + " tasks");
        told = true;
      }
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
