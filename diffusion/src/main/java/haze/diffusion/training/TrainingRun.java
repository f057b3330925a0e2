package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A run from its first step, or from its last checkpoint, to its end: trains, keeps the metrics,
/// makes samples and saves checkpoints.
///
/// Images from the memory of a program, and a model of them:
///
/// {@snippet file="haze/diffusion/training/OwnImagesTest.java" region="train"}
///
/// [#run] does everything to the end. With [#step] the caller has the loop, and saves with
/// [#checkpoint]; the weights are the same bits.
///
/// {@snippet file="haze/diffusion/training/OwnImagesTest.java" region="steps"}
public final class TrainingRun {
  /// The name of the embedded data set.
  public static final String MNIST = "mnist";

  /// Samples of a grid; with classes rounded up to whole rounds of them.
  public static final int SAMPLES = 64;

  /// Steps of the sampler for a grid.
  private static final int SAMPLING_STEPS = 100;

  private final RunDirectory directory;
  private final TrainingSettings settings;
  private final SchedulerConfig scheduler;
  private final UNetConfig network;
  private final Workers workers;
  private final ImageDataset data;
  private final Trainer trainer;
  private final List<String> fresh;
  private boolean warm;

  private TrainingRun(RunDirectory directory, TrainingPlan plan, Workers workers) {
    this.directory = directory;
    this.workers = workers;
    data = plan.data();
    settings = plan.settings();
    network = plan.network();
    scheduler = plan.scheduler();
    trainer = plan.trainer(workers);
    fresh = plan.start(trainer);
  }

  /// Begins a run.
  ///
  /// @param request what it is to be
  /// @param workers the threads, which the caller closes
  /// @return the run, at step 0
  /// @throws IOException if the directory is in use or can't be made, or the data is wrong
  /// @throws haze.diffusion.pipeline.RequestException if settings do not go together
  /// @throws IllegalArgumentException if the data does not fit the network, or has no labels to be
  ///   conditioned on
  public static TrainingRun begin(TrainingRequest request, Workers workers) throws IOException {
    RunDirectory.requireUnused(request.directory());
    TrainingPlan plan = TrainingPlan.of(request);
    TrainingRun run = new TrainingRun(new RunDirectory(request.directory()), plan, workers);
    RunDirectory.create(request.directory());
    // The model alone: what else a checkpoint holds follows from the configuration.
    run.pipeline().save(request.directory());
    plan.settings().write(run.directory.config());
    return run;
  }

  /// Goes on with a run.
  ///
  /// @param request the directory; with other values of settings that a resumed run may change, see
  ///   [Setting#isChangeable], and, if the run learns from images in memory, the same images
  /// @param workers the threads, which the caller closes
  /// @return the run, at its last checkpoint
  /// @throws IOException if there is no run, a file is wrong, the run has had its steps, or it
  ///   learned from other images
  /// @throws haze.diffusion.pipeline.RequestException if the request has other settings
  public static TrainingRun resume(TrainingRequest request, Workers workers) throws IOException {
    request.requireResumable();
    Path path = request.directory();
    RunDirectory directory = new RunDirectory(path);
    if (!directory.exists()) {
      throw new BadFileException(path, "no run to resume: there is no training/config.json");
    }
    TrainingSettings settings = TrainingSettings.read(directory.config()).with(request.given());
    ImageDataset data = images(directory, settings, request.images());
    Pipeline.Summary model = Pipeline.describe(path);
    TrainingRun run;
    try {
      // Before its first checkpoint, a run that started from weights has them as its model.
      boolean begins =
          directory.checkpointStep().isEmpty() && !settings.get(Settings.FROM).isEmpty();
      Optional<Pipeline> start = begins ? Optional.of(Pipeline.load(path)) : Optional.empty();
      TrainingPlan plan = new TrainingPlan(settings, model.scheduler(), model.unet(), data, start);
      run = new TrainingRun(directory, plan, workers);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(path, String.valueOf(e.getMessage()));
    }
    directory.restore(run.trainer);
    if (run.completed() >= run.steps()) {
      throw new BadFileException(
          path,
          "has had its "
              + run.completed()
              + " steps; --steps says how many there are to be in all");
    }
    settings.write(directory.config());
    return run;
  }

  /// The images of a run that goes on.
  private static ImageDataset images(
      RunDirectory run, TrainingSettings settings, Optional<ImageDataset> given)
      throws IOException {
    ImageDataset data = images(run, settings.source(), given);
    String known = settings.get(Settings.FINGERPRINT);
    if (!known.isEmpty() && !known.equals(data.fingerprint())) {
      throw new BadFileException(
          run.path(),
          "learns from images with the fingerprint "
              + known
              + ", but those of "
              + settings.source().title()
              + " have "
              + data.fingerprint()
              + ": they are others than when the run began");
    }
    return data;
  }

  private static ImageDataset images(
      RunDirectory run, DataSource source, Optional<ImageDataset> given) throws IOException {
    Path path = run.path();
    if (given.isEmpty() && source instanceof DataSource.InMemory) {
      throw new BadFileException(
          path,
          "learns from images in memory ("
              + source.text()
              + "): only a program that has them can go on with it");
    }
    if (given.isEmpty()) {
      run.requireData(source);
      return source.load();
    }
    String text = DataSource.of(given.get()).text();
    if (!source.text().equals(text)) {
      throw new BadFileException(path, "learns from " + source.text() + ", given " + text);
    }
    return given.get();
  }

  /// {@return the directory}
  public RunDirectory directory() {
    return directory;
  }

  /// {@return the images that it learns from}
  public ImageDataset data() {
    return data;
  }

  /// {@return all settings}
  public TrainingSettings settings() {
    return settings;
  }

  /// {@return the number of steps that the run is to have in all}
  public int steps() {
    return settings.get(Settings.STEPS);
  }

  /// {@return the number of steps so far}
  public int completed() {
    return trainer.completed();
  }

  /// {@return the parameters that the model it starts from does not have in their shape, by full
  /// name: they start as those of a new network}
  public List<String> fresh() {
    return fresh;
  }

  /// {@return what a person should know of the run and its data before it begins, a line each}
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (!fresh.isEmpty()) {
      notes.add(
          "warning: "
              + settings.get(Settings.FROM)
              + " has no or other weights for "
              + String.join(", ", fresh)
              + ", which start fresh");
    }
    data.notes().forEach(note -> notes.add("data: " + note));
    return notes;
  }

  /// {@return how many images were skipped so far because they cannot be read, in words; empty if
  /// there was none}
  public Optional<String> skipped() {
    int count = data.unreadable().count();
    return count == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%,d of %,d images could not be read; others took their place",
                count,
                data.count()));
  }

  /// {@return the number of parameters of the network}
  public int parameters() {
    return trainer.emaWeights().length;
  }

  /// {@return the model as it is now, with the moving average of the weights: a copy, which further
  /// steps leave as it is}
  public Pipeline pipeline() {
    UNet unet = new UNet(network);
    float[] average = trainer.emaWeights();
    System.arraycopy(average, 0, new ParameterVector(unet).values(), 0, average.length);
    return new Pipeline(unet, scheduler);
  }

  /// Makes one step, and appends its line to the metrics. Saves nothing else. May go beyond
  /// [#steps].
  ///
  /// @return what it did
  /// @throws IOException if the metrics can't be written
  /// @throws TrainingException if the loss is not finite; the weights are then as before the step
  public Trainer.Step step() throws IOException, TrainingException {
    if (!warm) {
      trainer.warmUp();
      warm = true;
    }
    Trainer.Step step = trainer.step();
    directory.append(step);
    return step;
  }

  /// Saves what is needed to go on, and the model for use, with the moving average of the weights.
  ///
  /// @throws IOException if a file can't be written; the checkpoint before is then still there
  public void checkpoint() throws IOException {
    directory.save(trainer, pipeline());
  }

  /// Trains to the last step, see [#run(TrainingListener, BooleanSupplier)].
  public void run(TrainingListener listener) throws IOException, TrainingException {
    run(listener, () -> false);
  }

  /// Trains to the last step, or until it is to stop; saves a checkpoint in either case, and makes
  /// samples after the last step.
  ///
  /// @param listener watches
  /// @param stop whether to stop, asked before each step
  /// @return whether the last step was reached
  /// @throws IOException if a file can't be written
  /// @throws TrainingException if training fails; the last good weights are saved first
  public boolean run(TrainingListener listener, BooleanSupplier stop)
      throws IOException, TrainingException {
    try {
      while (completed() < steps() && !stop.getAsBoolean()) {
        listener.stepped(step());
        if (isDue(Settings.CHECKPOINT_EVERY)) {
          checkpoint();
        }
        if (isDue(Settings.SAMPLE_EVERY) && completed() < steps()) {
          sample(listener);
        }
      }
    } finally {
      checkpoint();
    }
    boolean finished = completed() == steps();
    if (finished) {
      sample(listener);
    }
    return finished;
  }

  private boolean isDue(Setting<Integer> every) {
    return settings.get(every) > 0 && completed() % settings.get(every) == 0;
  }

  /// Makes samples of the same noise every time, so that grids of different steps compare.
  private void sample(TrainingListener listener) throws IOException {
    SamplerChoice steps =
        SamplerChoice.DEFAULT.steps(Math.min(SAMPLING_STEPS, scheduler.numTrainTimesteps()));
    SampleRequest request =
        SampleRequest.of(SAMPLES)
            // Whatever an older run's file says, as few steps begin at T.
            .sampler(scheduler.kind().isFlow() ? steps : steps.spacing(TimestepSpacing.TRAILING))
            .seed(settings.get(Settings.SEED))
            .inWholeRounds(network);
    Tensor samples = pipeline().sample(request, workers, listener::sampling);
    Path file = directory.samples(completed());
    ImageGrid.write(samples, file);
    listener.sampled(file);
  }

  /// {@return such as `runs/mnist: 1,112,801 parameters, 2400 steps of 32 images`}
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %,d parameters, %d steps of %d images",
        directory.path(),
        parameters(),
        steps(),
        settings.get(Settings.BATCH));
  }
}
