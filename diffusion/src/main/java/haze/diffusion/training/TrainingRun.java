package haze.diffusion.training;

import haze.diffusion.data.DataException;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.io.BadFileException;
import haze.diffusion.loss.Objective;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.diffusion.sampler.SamplingLoop;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// A run from its first step, or from its last checkpoint, to its end: trains, keeps the metrics,
/// draws samples and saves checkpoints.
public final class TrainingRun {
  /// The name of the embedded data set.
  public static final String MNIST = "mnist";

  /// Samples of a grid.
  public static final int SAMPLES = 64;

  /// Steps of the sampler for a grid on the way and at the end.
  private static final int SAMPLING_STEPS = 100;

  private final RunDirectory directory;
  private final RunConfig config;
  private final Workers workers;
  private final Trainer trainer;

  /// The model with the averaged weights; a network of its own, so that sampling never touches
  /// training.
  private final Pipeline averaged;

  private final ParameterVector averagedParameters;
  private final Shape image;

  /// The classes that the network knows of, beside none; 0 if it knows of no labels.
  private final int classes;

  private TrainingRun(
      RunDirectory directory,
      RunConfig config,
      Pipeline model,
      ImageDataset data,
      Workers workers) {
    this.directory = directory;
    this.config = config;
    this.workers = workers;
    image = data.imageShape();
    classes = model.unet().config().classes();
    averaged = model;
    averagedParameters = new ParameterVector(model.unet());
    Objective objective = config.objective().objective(model.scheduler());
    trainer =
        new Trainer(
            new UNet(model.unet().config()),
            objective,
            config.objective().timesteps().sampler(objective.timesteps()),
            data,
            config.settings(),
            workers);
  }

  /// The images that a run learns from.
  private static ImageDataset data(RunConfig config) throws DataException {
    return DataSource.parse(
            config.data(), config.labels().isEmpty() ? null : Path.of(config.labels()))
        .load();
  }

  /// Begins a run.
  ///
  /// @param path its directory, new or empty
  /// @param network sizes and switches of the network, but for the sizes that follow from data and
  ///   objective
  /// @param scheduler noise schedule, prediction, variance and sampler
  /// @param config what to do
  /// @param workers the threads, which the caller closes
  /// @return the run, at step 0
  /// @throws IOException if the directory is in use or can't be made, or the data is wrong
  /// @throws IllegalArgumentException if data, network, scheduler and objective do not fit
  public static TrainingRun begin(
      Path path, UNetConfig network, SchedulerConfig scheduler, RunConfig config, Workers workers)
      throws IOException {
    RunDirectory.requireUnused(path);
    Objective objective = config.objective().objective(scheduler);
    ImageDataset data = data(config);
    int channels = data.imageShape().dim(2);
    UNetConfig fitted =
        network.with(
            data.imageShape().dim(0),
            channels,
            objective.outputChannels(channels),
            labels(config, data));
    Pipeline model = new Pipeline(new UNet(fitted), scheduler);
    TrainingRun run = new TrainingRun(new RunDirectory(path), config, model, data, workers);
    RunDirectory.create(path);
    // The model alone: what else a checkpoint holds follows from the configuration.
    run.copyEmaWeights();
    model.save(path);
    config.write(run.directory.config());
    return run;
  }

  /// The labels of the network: the classes, and one for none.
  private static OptionalInt labels(RunConfig config, ImageDataset data) {
    if (config.settings().labelDropout() == 0) {
      return OptionalInt.empty();
    }
    if (!data.hasLabels()) {
      throw new IllegalArgumentException(
          "training: "
              + config.data()
              + " has no labels to learn classes from, expected a file of labels beside it");
    }
    return OptionalInt.of(data.classes() + 1);
  }

  /// Goes on with a run.
  ///
  /// @param path its directory
  /// @param steps how many steps it is to have in all; as it was asked at first if this is 0
  /// @param workers the threads, which the caller closes
  /// @return the run, at its last checkpoint
  /// @throws IOException if there is no run, a file is wrong, or it has had that many steps
  public static TrainingRun resume(Path path, int steps, Workers workers) throws IOException {
    RunDirectory directory = new RunDirectory(path);
    if (!directory.exists()) {
      throw new BadFileException(path, "no run to resume: there is no training/config.json");
    }
    RunConfig stored = RunConfig.read(directory.config());
    RunConfig config = steps == 0 ? stored : stored.withSteps(steps);
    TrainingRun run;
    try {
      run = new TrainingRun(directory, config, Pipeline.load(path), data(config), workers);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(path, String.valueOf(e.getMessage()));
    }
    directory.restore(run.trainer);
    if (run.trainer.completed() >= config.settings().steps()) {
      throw new BadFileException(
          path,
          "has had its "
              + run.trainer.completed()
              + " steps; --steps says how many there are to be in all");
    }
    config.write(directory.config());
    return run;
  }

  /// What the run does.
  ///
  /// @return its configuration
  public RunConfig config() {
    return config;
  }

  /// The steps so far.
  ///
  /// @return 0 for a run that has just begun
  public int completed() {
    return trainer.completed();
  }

  /// The number of parameters.
  ///
  /// @return of the network
  public int parameters() {
    return averagedParameters.size();
  }

  /// Told what happens in a run.
  public interface Listener {
    /// After each step.
    ///
    /// @param step what it did
    void stepped(Trainer.Step step);

    /// On the way through sampling.
    ///
    /// @param done steps of the sampler so far
    /// @param total all its steps
    void sampling(int done, int total);

    /// After a grid of samples was written.
    ///
    /// @param file the picture
    void sampled(Path file);
  }

  /// Trains to the last step, or until asked to stop; saves a checkpoint in either case.
  ///
  /// @param listener is told what happens
  /// @param stop asked after each step
  /// @return whether the last step was reached
  /// @throws IOException if a file can't be written
  /// @throws TrainingException if training fails; the last good weights are saved first
  public boolean run(Listener listener, BooleanSupplier stop)
      throws IOException, TrainingException {
    int steps = config.settings().steps();
    trainer.warmUp();
    try (BufferedWriter metrics = directory.openMetrics()) {
      while (trainer.completed() < steps && !stop.getAsBoolean()) {
        Trainer.Step step = trainer.step();
        RunDirectory.append(metrics, step);
        listener.stepped(step);
        if (isDue(config.checkpointEvery(), step.step())) {
          checkpoint();
        }
        if (isDue(config.sampleEvery(), step.step()) && step.step() < steps) {
          sample(listener);
        }
      }
    } finally {
      checkpoint();
    }
    boolean finished = trainer.completed() == steps;
    if (finished) {
      sample(listener);
    }
    return finished;
  }

  private static boolean isDue(int every, int step) {
    return every > 0 && step % every == 0;
  }

  private void checkpoint() throws IOException {
    copyEmaWeights();
    directory.save(trainer, averaged);
  }

  private void copyEmaWeights() {
    System.arraycopy(
        trainer.emaWeights(), 0, averagedParameters.values(), 0, averagedParameters.size());
  }

  /// Draws samples with the averaged weights: the same noise every time, so that grids of different
  /// steps compare.
  private void sample(Listener listener) throws IOException {
    copyEmaWeights();
    SchedulerConfig scheduler = averaged.scheduler();
    int steps = Math.min(SAMPLING_STEPS, scheduler.numTrainTimesteps());
    // Whole rounds of all classes, which the grid shows as columns.
    int count = classes == 0 ? SAMPLES : Math.ceilDiv(SAMPLES, classes) * classes;
    var network =
        new UNetDenoiser(
            averaged.unet(),
            workers,
            UNetDenoiser.UNGUIDED,
            IntStream.range(0, classes == 0 ? 0 : count).map(i -> i % classes).toArray());
    var loop = new SamplingLoop(scheduler.denoiser(network), scheduler.sampler(steps));
    Shape shape = image.batch(count);
    Tensor samples =
        loop.sample(
            config.settings().seed(),
            0,
            shape,
            (done, total, step) -> listener.sampling(done, total));
    Path file = directory.samples(trainer.completed());
    ImageGrid.write(samples, file);
    listener.sampled(file);
  }
}
