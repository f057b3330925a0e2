package haze.diffusion.report;

import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps the report of a run that is trained: writes it after each grid of samples and when
/// training ends, and notes on which machine it runs.
///
/// ```
/// try (var report = new ReportWriter(run, System.err::println)) {
///   run.run(report);
/// }
/// ```
///
/// At a step it does nothing but to look at the clock, and once in ten seconds at the memory. A
/// report that cannot be written does not end the run.
public final class ReportWriter implements TrainingListener, AutoCloseable {
  private final TrainingRun run;
  private final Path directory;
  private final Consumer<String> warnings;
  private final Session session;
  private @Nullable SessionLog log;
  private boolean failed;

  /// Reads each line of the run's files once.
  private @Nullable RunReport report;

  /// Begins a session of training.
  ///
  /// @param run the run
  /// @param warnings takes a line for each report that cannot be written, such as
  ///   [TrainingListener#warned]
  public ReportWriter(TrainingRun run, Consumer<String> warnings) {
    this.run = run;
    directory = run.directory().path();
    this.warnings = warnings;
    session = Session.begin(run.threads());
    attempt(
        () -> {
          session.write(directory);
          log = SessionLog.begin(directory, run.completed());
        });
  }

  @Override
  public void stepped(Trainer.Step step) {
    SessionLog now = log;
    if (now != null && !attempt(() -> now.stepped(step.step(), run::takeLossByLevel))) {
      log = null;
    }
  }

  @Override
  public void sampled(Path file) {
    attempt(this::write);
  }

  /// The run has failed, and its failure is told: what else fails when this is closed, such as
  /// writing to the same full disk, no longer is.
  public void failed() {
    failed = true;
  }

  /// Ends the session, and writes the report.
  @Override
  public void close() {
    attempt(
        () -> {
          session.end().write(directory);
          write();
        });
  }

  private void write() throws IOException {
    RunReport now = report;
    if (now == null) {
      now = RunReport.of(directory);
      report = now;
    } else {
      now.refresh();
    }
    now.write(directory.resolve(RunReport.FILE));
  }

  private interface Writing {
    void run() throws IOException;
  }

  private boolean attempt(Writing writing) {
    try {
      writing.run();
      return true;
    } catch (IOException e) {
      if (!failed) {
        warnings.accept("no report: " + e.getMessage());
      }
      return false;
    }
  }
}
