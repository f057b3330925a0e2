package haze.diffusion.training;

import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.diffusion.report.ImageGrid;
import haze.diffusion.sampler.SamplingLoop;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/// A run from its first step, or from its last checkpoint, to its end: trains, keeps the metrics, draws samples and saves
/// checkpoints.
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
  /// The model with the averaged weights; a network of its own, so that sampling never touches training.
  private final Pipeline averaged;
  private final ParameterVector averagedParameters;
  private final Shape image;

  private TrainingRun(RunDirectory directory, RunConfig config, Pipeline model, Workers workers)
      throws DataException {
    this.directory = directory;
    this.config = config;
    this.workers = workers;
    ImageDataset data = data(config.data());
    image = data.imageShape();
    averaged = model;
    averagedParameters = new ParameterVector(model.unet());
    trainer = new Trainer(new UNet(model.unet().config()), model.scheduler().schedule(), data,
        config.settings(),
        workers);
  }

  /// The images that a run's `data` names.
  ///
  /// @param data `mnist` or the path of an IDX file
  /// @return the images
  /// @throws DataException if the file is missing or wrong
  public static ImageDataset data(String data) throws DataException {
    return data.equals(MNIST) ? Mnist.train() : ImageDataset.load(Path.of(data));
  }

  /// Begins a run.
  ///
  /// @param path its directory, new or empty
  /// @param preset network and noise schedule
  /// @param config what to do
  /// @param workers the threads, which the caller closes
  /// @return the run, at step 0
  /// @throws IOException if the directory is in use or can't be made, or the data is wrong
  /// @throws IllegalArgumentException if data and network do not fit
  public static TrainingRun begin(Path path, Preset preset, RunConfig config, Workers workers)
      throws IOException {
    if (new RunDirectory(path).exists()) {
      RunDirectory.create(path);
    }
    Pipeline model = new Pipeline(new UNet(preset.networkFor(data(config.data()).imageShape())),
        preset.scheduler());
    TrainingRun run = new TrainingRun(new RunDirectory(path), config, model, workers);
    RunDirectory.create(path);
    run.checkpoint();
    config.write(run.directory.config());
    return run;
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
      run = new TrainingRun(directory, config, Pipeline.load(path), workers);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(path, String.valueOf(e.getMessage()));
    }
    directory.restore(run.trainer);
    if (run.trainer.completed() >= config.settings().steps()) {
      throw new BadFileException(path, "has had its " + run.trainer.completed()
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
    takeAverage();
    directory.save(trainer, averaged);
  }

  private void takeAverage() {
    System.arraycopy(trainer.averagedWeights(), 0, averagedParameters.values(), 0,
        averagedParameters.size());
  }

  /// Draws samples with the averaged weights: the same noise every time, so that grids of different steps compare.
  private void sample(Listener listener) throws IOException {
    takeAverage();
    SchedulerConfig scheduler = averaged.scheduler();
    int steps = Math.min(SAMPLING_STEPS, scheduler.numTrainTimesteps());
    var loop = new SamplingLoop(new UNetDenoiser(averaged.unet(), workers),
        scheduler.sampler(steps));
    Shape shape = Shape.of(SAMPLES, image.dim(0), image.dim(1), image.dim(2));
    Tensor samples = loop.sample(config.settings().seed(), 0, shape,
        (done, total, step) -> listener.sampling(done, total));
    Path file = directory.samples(trainer.completed());
    ImageGrid.write(samples, file);
    listener.sampled(file);
  }
}
