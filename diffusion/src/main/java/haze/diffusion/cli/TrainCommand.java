package haze.diffusion.cli;

import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.training.LossConfig;
import haze.diffusion.training.Preset;
import haze.diffusion.training.RunConfig;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingException;
import haze.diffusion.training.TrainingRun;
import haze.diffusion.training.TrainingSettings;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `haze train`: trains a model and draws samples from it.
@Command(
    name = "train",
    description = "Trains a diffusion model and draws samples from it.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  /// The weight of the past in the loss that is shown.
  private static final double SMOOTHING = 0.98;

  /// Of the probabilities from 0.1 to 0.5 that Ho and Salimans 2022 tried, the one that does best
  /// with 0.2.
  private static final double LABEL_DROPOUT = 0.1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--data",
      paramLabel = "mnist|IDX-FILE",
      description =
          "images to train on: the embedded MNIST, or an IDX file, plain or .gz (default: mnist)")
  private @Nullable String data;

  @Option(
      names = "--labels",
      paramLabel = "IDX-FILE",
      description =
          "what the images of an IDX file show, for --conditional; the embedded MNIST has its own")
  private @Nullable Path labels;

  @Option(
      names = "--conditional",
      description =
          "tell the network each image's label, so that it can be asked for pictures of a class")
  private boolean conditional;

  @Option(
      names = "--label-dropout",
      paramLabel = "P",
      description =
          "for --conditional: how likely a label is left out, which guidance needs (default: "
              + LABEL_DROPOUT
              + ")")
  private @Nullable Double labelDropout;

  @Mixin private ObjectiveOptions objective = new ObjectiveOptions();

  @Option(
      names = "--preset",
      paramLabel = "mnist|tiny|reference",
      description =
          "network and settings: digits in ten minutes; a network for tests; the benchmarks'"
              + " network R1 (default: mnist)")
  private @Nullable String preset;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "directory of the run (default: runs/PRESET, or with a number behind it if that is"
              + " taken)")
  private @Nullable Path out;

  @Option(names = "--steps", paramLabel = "N", description = "steps in all (default: the preset's)")
  private @Nullable Integer steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "images of a step (default: the preset's)")
  private @Nullable Integer batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description = "peak of the learning rate (default: the preset's)")
  private @Nullable Double learningRate;

  @Option(
      names = "--ema-decay",
      paramLabel = "X",
      description =
          "the greatest decay of the moving average of the weights, which samples are drawn with"
              + " (default: the preset's)")
  private @Nullable Double emaDecay;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of everything that is random (default: 1)")
  private @Nullable Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "threads; the result does not depend on them (default: all processors)")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      description = "steps between grids of samples, 0: only at the end (default: 1000)")
  private @Nullable Integer sampleEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "steps between checkpoints, 0: only at the end (default: 250)")
  private @Nullable Integer checkpointEvery;

  @Option(names = "--resume", description = "go on with the run in --out from its last checkpoint")
  private boolean resume;

  @Override
  public Integer call() throws IOException, TrainingException {
    requireAtLeast("--steps", steps, 1);
    requireAtLeast("--batch", batch, 1);
    requireAtLeast("--threads", threads, 1);
    requireAtLeast("--sample-every", sampleEvery, 0);
    requireAtLeast("--checkpoint-every", checkpointEvery, 0);
    if (learningRate != null && !(learningRate > 0 && learningRate <= 1)) {
      throw usage("--lr is " + learningRate + ", expected a number above 0 and at most 1");
    }
    if (emaDecay != null && !(emaDecay >= 0 && emaDecay < 1)) {
      throw usage("--ema-decay is " + emaDecay + ", expected at least 0 and below 1");
    }
    try (Workers workers = new Workers(threads)) {
      Path directory = resume ? resumed() : begun();
      return train(
          directory,
          resume
              ? TrainingRun.resume(directory, steps == null ? 0 : steps, workers)
              : begin(directory, workers));
    }
  }

  private void requireAtLeast(String option, @Nullable Integer value, int least) {
    if (value != null && value < least) {
      throw usage(option + " is " + value + ", expected at least " + least);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Path resumed() {
    if (out == null) {
      throw usage("--resume needs --out, the directory of the run");
    }
    if (data != null
        || labels != null
        || conditional
        || labelDropout != null
        || objective.given()
        || preset != null
        || batch != null
        || learningRate != null
        || emaDecay != null
        || seed != null
        || sampleEvery != null
        || checkpointEvery != null) {
      throw usage("--resume takes everything but --steps and --threads from the run");
    }
    return out;
  }

  private Path begun() {
    if (out != null) {
      return out;
    }
    Path taken = Path.of("runs", preset().name());
    for (int i = 2; Files.exists(taken); i++) {
      taken = Path.of("runs", preset().name() + "-" + i);
    }
    return taken;
  }

  private Preset preset() {
    try {
      return Preset.named(preset == null ? Preset.MNIST.name() : preset);
    } catch (IllegalArgumentException e) {
      throw usage("--preset: " + e.getMessage());
    }
  }

  private TrainingRun begin(Path directory, Workers workers) throws IOException {
    TrainingSettings s = preset().settings();
    TrainingSettings settings =
        new TrainingSettings(
            steps == null ? s.steps() : steps,
            batch == null ? s.batch() : batch,
            s.shard(),
            learningRate == null ? s.learningRate() : learningRate,
            s.warmUpSteps(),
            s.decayFrom(),
            s.clipNorm(),
            emaDecay == null ? s.emaDecay() : emaDecay,
            s.zeroInitialization(),
            dropout(),
            seed == null ? s.seed() : seed);
    if (labels != null && data == null) {
      throw usage("--labels is for --data IDX-FILE");
    }
    SchedulerConfig scheduler;
    LossConfig goal;
    try {
      scheduler = objective.scheduler(preset().scheduler());
      goal = objective.objective();
      goal.objective(scheduler);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    RunConfig config =
        new RunConfig(
            data == null ? TrainingRun.MNIST : data,
            labels == null ? "" : labels.toString(),
            goal,
            settings,
            sampleEvery == null ? RunConfig.SAMPLE_EVERY : sampleEvery,
            checkpointEvery == null ? RunConfig.CHECKPOINT_EVERY : checkpointEvery);
    return TrainingRun.begin(directory, preset().network(), scheduler, config, workers);
  }

  private double dropout() {
    if (labelDropout == null) {
      return conditional ? LABEL_DROPOUT : 0;
    }
    if (!conditional || !(labelDropout > 0 && labelDropout < 1)) {
      throw usage(
          "--label-dropout is "
              + labelDropout
              + ", expected a number between 0 and 1, with --conditional");
    }
    return labelDropout;
  }

  /// Trains until the end or until Ctrl-C, which asks to stop after the current step and waits for
  /// the checkpoint.
  private int train(Path directory, TrainingRun run) throws IOException, TrainingException {
    PrintWriter console = spec.commandLine().getOut();
    TrainingSettings settings = run.config().settings();
    console.printf(
        Locale.ROOT,
        "%s %s: %,d parameters, %d steps of %d images, %d thread%s%n",
        resume ? "resuming" : "training",
        directory,
        run.parameters(),
        settings.steps(),
        settings.batch(),
        threads,
        threads == 1 ? "" : "s");
    console.flush();
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread onInterrupt =
        new Thread(
            () -> {
              stop.countDown();
              try {
                stopped.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try (View view = new View(console, run, settings)) {
      boolean finished = run.run(view, () -> stop.getCount() == 0);
      if (!finished) {
        view.end();
        console.printf(
            "stopped after step %d; to go on: haze train --resume --out %s%n",
            run.completed(), directory);
        console.flush();
      }
      return 0;
    } finally {
      stopped.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(onInterrupt);
      } catch (IllegalStateException e) {
        // The JVM is shutting down: the hook has run, and was waiting for this moment.
      }
    }
  }

  /// Shows training, and between its steps sampling, as progress.
  private static final class View implements TrainingRun.Listener, AutoCloseable {
    private final PrintWriter console;
    private final TrainingSettings settings;
    private final long began = System.nanoTime();
    private Progress progress;
    private boolean sampling;
    private double smoothed;
    private double weight;
    private int step;

    View(PrintWriter console, TrainingRun run, TrainingSettings settings) {
      this.console = console;
      this.settings = settings;
      step = run.completed();
      progress = training();
    }

    private Progress training() {
      return Progress.start(console, "train", step, settings.steps(), settings.batch())
          .elapsedSince(began);
    }

    @Override
    public void stepped(Trainer.Step done) {
      if (sampling) {
        progress = training();
        sampling = false;
      }
      step = done.step();
      smoothed = SMOOTHING * smoothed + (1 - SMOOTHING) * done.loss();
      weight = SMOOTHING * weight + (1 - SMOOTHING);
      progress.update(step, text());
      if (step == settings.steps()) {
        progress.finish(text());
      }
    }

    private String text() {
      return String.format(Locale.ROOT, "loss %.4f", smoothed / weight);
    }

    @Override
    public void sampling(int done, int total) {
      if (!sampling) {
        progress.finish(text());
        progress =
            Progress.start(console, "sample", 0, total, (double) TrainingRun.SAMPLES / total);
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

    /// Ends the line of progress, if it is open.
    void end() {
      progress.close();
    }

    @Override
    public void close() {
      end();
    }
  }
}
