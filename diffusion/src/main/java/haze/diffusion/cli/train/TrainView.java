package haze.diffusion.cli.train;

import haze.diffusion.cli.Progress;
import haze.diffusion.training.Settings;
import haze.diffusion.training.SmoothedLoss;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRun;
import java.io.PrintWriter;
import java.nio.file.Path;

/// Shows training, and between its steps sampling, as progress.
final class TrainView implements TrainingListener, AutoCloseable {
  private final PrintWriter console;
  private final TrainingRun run;
  private final long began = System.nanoTime();
  private final SmoothedLoss loss = new SmoothedLoss();
  private Progress progress;
  private boolean sampling;

  TrainView(PrintWriter console, TrainingRun run) {
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
    loss.add(done.loss());
    progress.update(done.step(), loss.toString());
    if (done.step() == run.steps()) {
      progress.finish(loss.toString());
    }
  }

  @Override
  public void sampling(int done, int total) {
    if (!sampling) {
      progress.finish(loss.toString());
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
  public void close() {
    progress.close();
  }
}
