package haze.diffusion.cli.train;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.io.JsonLine;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRun;
import haze.diffusion.training.Validation;
import java.nio.file.Path;
import java.util.Optional;

/// What happens in a training, for programs and for whom progress is too much: an object for each
/// event with `--json`, the warnings alone with `--quiet`.
final class TrainingEvents implements TrainingListener {
  private final ConsoleOptions console;
  private final TrainingRun run;

  TrainingEvents(ConsoleOptions console, TrainingRun run) {
    this.console = console;
    this.run = run;
  }

  /// Before the first step.
  void begin(boolean resumed, int threads) {
    console
        .progress()
        .println(
            (resumed ? "resuming " : "training ")
                + run
                + (threads == 1 ? ", 1 thread" : ", " + threads + " threads")
                + (resumed ? "; " + goesOn() : ""));
    console.event(
        "begin",
        new JsonLine()
            .put("directory", run.directory().path().toString())
            .put("resumed", resumed)
            .put("step", run.completed())
            .put("steps", run.steps())
            .put("parameters", run.parameters())
            .put("threads", threads)
            .put("settings", run.settings().stored()));
  }

  /// From where, or what alone is left to do.
  private String goesOn() {
    String step = "step " + ofSteps(run.completed());
    if (run.hasSteps()) {
      return "goes on from " + step;
    }
    return step + " is done, " + (run.lacksSamples() ? "draws its samples" : "writes its model");
  }

  private String ofSteps(int step) {
    return step + " of " + run.steps();
  }

  @Override
  public void stepped(Trainer.Step step) {
    console.event(
        "step",
        new JsonLine()
            .put("step", step.step())
            .put("loss", step.loss())
            .put("gradient_norm", step.gradientNorm())
            .put("learning_rate", step.learningRate())
            .put("ms", step.milliseconds())
            .put("applied", step.isApplied()));
    step.refused().ifPresent(batch -> console.warn(batch.toString()));
  }

  @Override
  public void validated(Validation validation) {
    console.event(
        "validation",
        new JsonLine()
            .put("step", validation.step())
            .put("loss", validation.loss())
            .put("bound", validation.bound().map(Validation.Bound::total).orElse(null)));
  }

  @Override
  public void saved() {
    console.event("checkpoint", new JsonLine().put("step", run.completed()));
  }

  @Override
  public void sampled(Path file) {
    console.event(
        "samples", new JsonLine().put("step", run.completed()).put("file", file.toString()));
  }

  @Override
  public void warned(String problem) {
    console.warn(problem);
  }

  /// After the last step, or when it was stopped.
  void end(boolean finished) {
    Optional<String> early = run.stoppedEarly();
    if (finished && console.isQuiet()) {
      console.text().println("trained " + run + early.map(reason -> "; " + reason).orElse(""));
    }
    console.event(
        "end",
        new JsonLine()
            .put("directory", run.directory().path().toString())
            .put("finished", finished)
            .put("stopped_early", early.orElse(null))
            .put("step", run.completed())
            .put("steps", run.steps()));
    if (!finished) {
      console
          .text()
          .println(
              "stopped "
                  + (run.completed() == 0
                      ? "before the first step"
                      : "after step " + ofSteps(run.completed()))
                  + (run.lacksSamples() ? ", whose samples are not finished" : "")
                  + "; "
                  + toGoOn(run.directory().path()));
    }
  }

  /// How to go on with a run.
  static String toGoOn(Path run) {
    return "to go on: haze train --resume --out " + run;
  }
}
