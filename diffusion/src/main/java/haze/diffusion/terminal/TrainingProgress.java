package haze.diffusion.terminal;

import haze.diffusion.data.Unreadable;
import haze.diffusion.training.Settings;
import haze.diffusion.training.SmoothedLoss;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRun;
import haze.diffusion.training.Validation;
import java.io.PrintWriter;
import java.nio.file.Path;

/// Shows the progress of training, and of the samples that are made between its steps.
public final class TrainingProgress implements TrainingListener, AutoCloseable {
  private final PrintWriter console;
  private final TrainingRun run;
  private final long began = System.nanoTime();
  private final SmoothedLoss loss = new SmoothedLoss();
  private Progress progress;
  private boolean sampling;
  private int told;

  /// Begins to show the progress of a run.
  ///
  /// @param console where, see [Progress#start]
  /// @param run what [TrainingRun#run] is called of, with this as its listener
  public TrainingProgress(PrintWriter console, TrainingRun run) {
    this.console = console;
    this.run = run;
    progress = training(run.completed());
  }

  private Progress training(int step) {
    int batch = run.settings().get(Settings.BATCH);
    return Progress.start(console, "train", step, run.steps(), batch).elapsedSince(began);
  }

  @Override
  public void stepped(Trainer.Step done) {
    if (sampling) {
      progress = training(done.step() - 1);
      sampling = false;
    }
    tellUnreadable();
    if (done.isApplied()) {
      loss.add(done.loss());
    }
    done.refused().ifPresent(batch -> progress.say("warning: " + batch));
    progress.update(done.step(), loss.toString());
    if (done.step() == run.steps()) {
      progress.finish(loss.toString());
    }
  }

  @Override
  public void validated(Validation validation) {
    progress.say(validation.toString());
  }

  @Override
  public void sampling(int done, int total) {
    if (!sampling) {
      String shown = loss.toString();
      if (shown.isEmpty()) {
        progress.close(); // No step yet: the run goes on with its samples.
      } else {
        progress.finish(shown);
      }
      progress = Progress.start(console, "sample", 0, total, (double) TrainingRun.SAMPLES / total);
      sampling = true;
    }
    progress.update(done, "");
  }

  @Override
  public void sampled(Path file) {
    progress.finish("");
    console.println("samples: " + file);
    console.flush();
  }

  @Override
  public void warned(String problem) {
    progress.say("warning: " + problem);
  }

  /// Names the images that could not be read since the last step.
  private void tellUnreadable() {
    Unreadable unreadable = run.data().unreadable();
    if (unreadable.count() > told) {
      unreadable.messages().stream()
          .skip(told)
          .forEach(message -> progress.say("skipped " + message));
      told = unreadable.count();
    }
  }

  @Override
  public void close() {
    progress.close();
  }
}
