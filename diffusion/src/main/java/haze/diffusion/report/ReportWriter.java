package haze.diffusion.report;

import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Keeps the report of a run that is trained: writes it after each grid of samples and when
/// training ends, and notes on which machine it runs.
///
/// ```
/// try (var report = new ReportWriter(run, workers.threads(), System.err::println)) {
///   run.run(report);
/// }
/// ```
///
/// Nothing is done at a step. A report that cannot be written does not end the run.
public final class ReportWriter implements TrainingListener, AutoCloseable {
  private final Path directory;
  private final Consumer<String> problems;
  private final Session session;

  /// Begins a session of training.
  ///
  /// @param run the run
  /// @param threads those that it trains on
  /// @param problems takes a line for each report that cannot be written
  public ReportWriter(TrainingRun run, int threads, Consumer<String> problems) {
    directory = run.directory().path();
    this.problems = problems;
    session = Session.begin(run.completed(), threads);
    attempt(() -> session.write(directory));
  }

  @Override
  public void sampled(Path file) {
    attempt(() -> RunReport.of(directory).write(directory.resolve(RunReport.FILE)));
  }

  /// Ends the session, and writes the report.
  @Override
  public void close() {
    attempt(
        () -> {
          session.end().write(directory);
          RunReport.of(directory).write(directory.resolve(RunReport.FILE));
        });
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void attempt(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      problems.accept("warning: no report: " + e.getMessage());
    }
  }
}
