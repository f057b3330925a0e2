package haze.diffusion.cli.train;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.cli.ModelOptions;
import haze.diffusion.cli.SettingOptions;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.report.ReportWriter;
import haze.diffusion.terminal.Interrupt;
import haze.diffusion.terminal.TrainingProgress;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.Settings;
import haze.diffusion.training.StepEngine;
import haze.diffusion.training.TrainingException;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingPreview;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// `haze train`: trains a model and makes samples of it.
@Command(
    name = "train",
    description = "Trains a diffusion model and draws samples from it.",
    footer = {
      "",
      "Examples:",
      "  haze train",
      "  haze train --data a.idx.gz --labels a-labels.idx --conditional --out runs/a",
      "  haze train --resume --out runs/a --steps 9000"
    },
    // Of some fifty options the list below, in groups, is enough.
    abbreviateSynopsis = true,
    mixinStandardHelpOptions = true,
    modelTransformer = TrainOptions.class)
public final class TrainCommand implements Callable<Integer> {
  private static final Path RUNS = Path.of("runs");

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  TrainCommand() {}

  @Override
  public Integer call() throws IOException, TrainingException {
    ParseResult options = spec.commandLine().getParseResult();
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = options.matchedOptionValue(TrainOptions.THREADS, processors);
    if (threads < 1 || threads > ModelOptions.MAX_THREADS) {
      throw new RequestException(
          "threads", "is " + threads + ", expected 1 to " + ModelOptions.MAX_THREADS);
    }
    boolean resume = options.hasMatchedOption(TrainOptions.RESUME);
    if (resume && !options.hasMatchedOption(TrainOptions.OUT)) {
      throw new RequestException("resume", "needs --out, the directory of the run");
    }
    boolean dry = options.hasMatchedOption(TrainOptions.DRY_RUN);
    if (resume && dry) {
      throw new RequestException("dry-run", "is for a new run, not with --resume");
    }
    TrainingRequest request = request(options);
    boolean cluster = EngineOptions.areGiven(options);
    if (cluster && dry) {
      throw new RequestException("dry-run", "is for this machine, not with --spark");
    }
    ConsoleOptions console = ConsoleOptions.of(spec);
    ModelOptions.requireFusedMultiplyAdd();
    // With --spark, --threads are those of an executor.
    try (Workers workers = new Workers(cluster ? processors : threads)) {
      if (dry) {
        return preview(request, workers, console);
      }
      try (StepEngine engine = EngineOptions.engine(options, request.directory())) {
        engine.prepare(request.directory(), resume);
        TrainingRequest there = engine.images().map(request::data).orElse(request).engine(engine);
        return train(there, workers, console, resume);
      }
    }
  }

  private static int preview(TrainingRequest request, Workers workers, ConsoleOptions console)
      throws IOException {
    console.text(TrainingPreview.of(request, workers).lines());
    return 0;
  }

  private static int train(
      TrainingRequest request, Workers workers, ConsoleOptions console, boolean resume)
      throws IOException, TrainingException {
    StepEngine engine = request.engine();
    engine.onWarning(console::warn);
    try (Interrupt interrupt =
            Interrupt.atOnce(() -> stoppedInBeginning(request.directory(), console));
        TrainingRun run =
            resume ? TrainingRun.resume(request, workers) : TrainingRun.begin(request, workers)) {
      interrupt.begin();
      TrainingEvents events = new TrainingEvents(console, run);
      events.begin(resume, run.threads());
      run.notes().forEach(console::note);
      engine.notes().forEach(console::note);
      return train(run, engine, console, events, interrupt);
    }
  }

  private static void stoppedInBeginning(Path run, ConsoleOptions console) {
    console.result(
        "end",
        new JsonLine().put("directory", run.toString()).put("finished", false),
        "stopped before the first step; "
            + (new RunDirectory(run).isResumable()
                ? TrainingEvents.toGoOn(run)
                : "nothing is there yet, and the same command begins again"));
  }

  /// Trains to the end, or until a signal: then to the end of the step and its checkpoint.
  ///
  /// @return the exit code
  private static int train(
      TrainingRun run,
      StepEngine engine,
      ConsoleOptions console,
      TrainingEvents events,
      Interrupt interrupt)
      throws IOException, TrainingException {
    boolean finished;
    try (TrainingProgress view = new TrainingProgress(console.progress(), run)) {
      TrainingListener shown = console.isQuiet() ? events : view;
      engine.onWarning(shown::warned);
      try (ReportWriter report = new ReportWriter(run, shown::warned)) {
        TrainingListener copies = engine.keepCopy(run.directory().path());
        finished = run(run, shown.and(copies), report, interrupt);
      }
    } catch (OutOfMemoryError e) {
      String advice =
          engine.equals(StepEngine.HERE)
              ? run.memoryAdvice()
              : "the driver holds images, weights, averages and the optimizer's state; give it"
                  + " more";
      throw new TrainingException("out of memory: " + advice, e);
    }
    run.skipped().ifPresent(console::note);
    run.stoppedEarly().ifPresent(console::note);
    run.best()
        .ifPresent(
            best -> console.note("best " + best + "; its model is in " + run.directory().best()));
    events.end(finished);
    return finished ? 0 : interrupt.exitCode();
  }

  private static boolean run(
      TrainingRun run, TrainingListener shown, ReportWriter report, Interrupt interrupt)
      throws IOException, TrainingException {
    try {
      return run.run(shown.and(report), interrupt::isRequested);
    } catch (Throwable e) {
      report.failed();
      throw e;
    }
  }

  private static TrainingRequest request(ParseResult options) {
    TrainingRequest request =
        SettingOptions.with(
            TrainingRequest.of(options.matchedOptionValue(TrainOptions.OUT, RUNS)),
            Settings.all(),
            options);
    return options.hasMatchedOption(TrainOptions.OUT)
        ? request
        : request.directory(RunDirectory.free(RUNS, request.preset().name()));
  }
}
