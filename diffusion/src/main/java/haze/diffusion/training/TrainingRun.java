package haze.diffusion.training;

import static haze.diffusion.io.Quantities.counted;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.ParameterVector;
import haze.nn.file.Disk;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/// A run from its first step, or from its last checkpoint, to its end: trains, keeps the metrics,
/// makes samples and saves checkpoints.
///
/// Images from the memory of a program, and a model of them:
///
/// {@snippet file="haze/diffusion/training/OwnImagesTest.java" region="train"}
///
/// [#run] does everything to the end. With [#step] the caller has the loop, and saves with
/// [#checkpoint]; the weights are the same bits. Until it is closed, the run keeps other processes
/// from its directory.
///
/// {@snippet file="haze/diffusion/training/OwnImagesTest.java" region="steps"}
public final class TrainingRun implements AutoCloseable {
  /// Samples of a grid; with classes rounded up to whole rounds of them.
  public static final int SAMPLES = 64;

  private static final double GIGA = 1e9;

  private final RunDirectory directory;
  private final TrainingSettings settings;
  private final SchedulerConfig scheduler;
  private final UNetConfig network;
  private final int threads;
  private final ImageDataset data;
  private final Trainer trainer;
  private final List<String> fresh;
  private final ClassNames classNames;
  private final Optional<ImageClusters> clusters;
  private final List<String> nameNotes;
  private final RunFiles files;
  private final RunSamples samples;
  private final Validations validations;
  private final List<String> resumed = new ArrayList<>();

  /// What is saved and sampled: it computes with the trainer's averaged weights themselves, which
  /// [Trainer#collect] brings up to date.
  private final Pipeline averaged;

  private boolean warm;
  private final Divergence divergence;

  private TrainingRun(
      RunDirectory directory,
      TrainingPlan plan,
      ClassNames classNames,
      Trainer trainer,
      Optional<Validator> validator,
      ValidationLog validated,
      Workers workers,
      int threads,
      RunFiles files) {
    this.directory = directory;
    this.trainer = trainer;
    this.threads = threads;
    this.files = files;
    data = plan.data();
    settings = plan.settings();
    divergence = new Divergence(directory, settings, files);
    network = plan.network();
    scheduler = plan.scheduler();
    fresh = plan.start(trainer);
    this.classNames = classNames;
    clusters = plan.clusters();
    averaged = pipeline(trainer.emaWeights());
    nameNotes = plan.nameNotes();
    samples = new RunSamples(directory, files.disk(), settings, workers);
    validations = new Validations(directory, files.disk(), settings, validator, validated);
  }

  /// Begins a run, and saves its first checkpoint, that of step 0. If that is cut off, the same
  /// call begins anew.
  ///
  /// @param request what it is to be
  /// @param workers the threads, which the caller closes
  /// @return the run, at step 0
  /// @throws IOException if the directory is in use or can't be made, or the data is wrong
  /// @throws haze.diffusion.pipeline.RequestException if settings do not go together
  /// @throws IllegalArgumentException if the data does not fit the network, or has no labels to be
  ///   conditioned on
  public static TrainingRun begin(TrainingRequest request, Workers workers) throws IOException {
    return begin(request, workers, Disk.system());
  }

  static TrainingRun begin(TrainingRequest request, Workers workers, Disk disk) throws IOException {
    RunDirectory.requireUnused(request.directory());
    TrainingPlan plan = TrainingPlan.of(request, workers);
    RunDirectory directory = new RunDirectory(request.directory());
    // Before the directory is made: what is wrong with network and data leaves none.
    Trainer trainer = plan.trainer(workers, request.batchSteps());
    Optional<Validator> validator = plan.validator(request.heldOut(), trainer, workers);
    RunFiles files = RunFiles.begin(directory, disk);
    try {
      TrainingRun run =
          new TrainingRun(
              directory,
              plan,
              plan.classNames(),
              trainer,
              validator,
              ValidationLog.none(directory.validation()),
              workers,
              request.engine().threads(workers),
              files);
      files.start(trainer, run.averaged, plan.settings());
      return run;
    } catch (Throwable e) {
      files.closeAfter(e);
      throw e;
    }
  }

  /// Goes on with a run from its newest checkpoint that is sound; [#notes] names those that are
  /// not. A run that has had its steps, but not its model, its last validation, samples or
  /// snapshot, is given them by [#run]. Until it is sure that the run can go on, nothing in its
  /// directory is changed.
  ///
  /// @param request the directory; with other values of settings that a resumed run may change, see
  ///   [Setting#isChangeable], with any engine, and, if the run learns from images in memory, the
  ///   same images
  /// @param workers the threads, which the caller closes
  /// @return the run, at its last checkpoint
  /// @throws IOException if there is no run or no sound checkpoint, another process has the run, a
  ///   file is wrong, the run has had its steps, or it learned from other images
  /// @throws haze.diffusion.pipeline.RequestException if the request has other settings
  public static TrainingRun resume(TrainingRequest request, Workers workers) throws IOException {
    return resume(request, workers, Disk.system());
  }

  static TrainingRun resume(TrainingRequest request, Workers workers, Disk disk)
      throws IOException {
    request.requireResumable();
    RunDirectory directory = new RunDirectory(request.directory());
    directory.requireRun();
    RunFiles files = RunFiles.lock(directory, disk);
    try {
      return resume(request, workers, directory, files);
    } catch (Throwable e) {
      files.closeAfter(e);
      throw e;
    }
  }

  private static TrainingRun resume(
      TrainingRequest request, Workers workers, RunDirectory directory, RunFiles files)
      throws IOException {
    TrainingSettings stored = TrainingSettings.read(directory.config());
    TrainingSettings settings = request.resumed(stored);
    List<String> notes = new ArrayList<>();
    Checkpoint checkpoint =
        files
            .checkpoints()
            .newest(settings, damaged -> notes.add("warning: checkpoint skipped: " + damaged));
    boolean hasModel = files.hasModel(checkpoint);
    RunSamples samples = new RunSamples(directory, files.disk(), settings, workers);
    ValidationLog validated = ValidationLog.upTo(checkpoint.step(), directory.validation());
    boolean whole =
        hasModel
            && validated.isWhole(checkpoint.step(), settings)
            && samples.has(checkpoint.step())
            && (settings.get(Settings.EMA_SNAPSHOTS) == 0
                || EmaSnapshots.has(directory, checkpoint.step()));
    if (checkpoint.step() > settings.get(Settings.STEPS)
        || (checkpoint.step() == settings.get(Settings.STEPS) && whole)) {
      throw new BadFileException(
          directory.path(),
          "has had its "
              + checkpoint.step()
              + " steps; --steps says how many there are to be in all");
    }
    MetricsLog.Kept metrics = files.metrics(checkpoint.step());
    TrainingRun run;
    try (SafetensorsFile state = SafetensorsFile.open(checkpoint.state())) {
      Pipeline.Summary model = Pipeline.describe(directory.path(), state);
      TrainingPlan plan =
          new TrainingPlan(
              settings,
              model.scheduler(),
              model.unet(),
              RunImages.of(directory, settings, request.images(), model.clusters(), workers),
              model.clusters(),
              Optional.empty());
      // The names that the run has stay, though its data may be named otherwise by now.
      ClassNames names = model.classNames().isEmpty() ? plan.classNames() : model.classNames();
      Trainer trainer = plan.trainer(workers, request.batchSteps());
      run =
          new TrainingRun(
              directory,
              plan,
              names,
              trainer,
              plan.validator(request.heldOut(), trainer, workers),
              validated,
              workers,
              request.engine().threads(workers),
              files);
      checkpoint.restore(state, trainer);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(directory.path(), String.valueOf(e.getMessage()));
    }
    if (run.validations.isExhausted() && whole) {
      throw new BadFileException(
          directory.path(),
          run.stoppedEarly().orElseThrow()
              + ". A --patience above "
              + settings.get(Settings.PATIENCE)
              + " goes on, --patience 0 to the last step");
    }
    files.goOn(checkpoint, hasModel, metrics);
    run.validations.drop();
    if (!settings.equals(stored)) {
      files.write(settings);
    }
    run.resumed.addAll(notes);
    run.resumed.addAll(settings.changesSince(stored));
    run.resumed.addAll(metrics.notes());
    return run;
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
    List<String> notes = new ArrayList<>(resumed);
    if (!fresh.isEmpty()) {
      notes.add(
          "warning: "
              + settings.get(Settings.FROM)
              + " has no or other weights for "
              + String.join(", ", fresh)
              + ", which start fresh");
    }
    notes.addAll(nameNotes);
    data.notes().forEach(note -> notes.add("data: " + note));
    clusters.ifPresent(found -> notes.add("clusters: " + found + fewer(found.count())));
    if (completed() == 0) {
      memory().idle().ifPresent(notes::add);
    }
    return notes;
  }

  private String fewer(int found) {
    return found < settings.get(Settings.CLUSTERS)
        ? "; there are not " + settings.get(Settings.CLUSTERS) + " different images"
        : "";
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

  /// {@return the mean loss of single images in each quarter of the timesteps, the least noise
  /// first, over the steps since this was called last; NaN where there was no image}
  public List<Double> takeLossByLevel() {
    return trainer.lossByLevel().take();
  }

  /// {@return what changes from step to step, see [Trainer#state]}
  Map<String, float[]> state() {
    trainer.collect();
    return trainer.state();
  }

  /// {@return what would take less memory, in words: for a run that had not enough}
  public String memoryAdvice() {
    TrainingMemory memory = memory();
    long heap = Runtime.getRuntime().maxMemory();
    return String.format(
        Locale.ROOT,
        "training takes about %.2f GB with %s, the heap may have %.2f: %s",
        memory.bytes() / GIGA,
        counted(threads, "thread"),
        heap / GIGA,
        memory.remedy(heap, completed() == 0));
  }

  private TrainingMemory memory() {
    return new TrainingMemory(settings, parameters(), trainer.imageBytes(), threads);
  }

  /// {@return the number of threads that compute shards at the same time, here or elsewhere}
  public int threads() {
    return threads;
  }

  /// {@return the number of parameters of the network}
  public int parameters() {
    return trainer.emaWeights().length;
  }

  /// {@return the model as it is now, with the moving average of the weights: a copy, which further
  /// steps leave as it is}
  public Pipeline pipeline() {
    trainer.collect();
    return pipeline(trainer.emaWeights().clone());
  }

  /// @param weights not copied
  private Pipeline pipeline(float[] weights) {
    UNet unet = new UNet(network);
    new ParameterVector(unet, weights);
    return new Pipeline(unet, scheduler, classNames, clusters);
  }

  /// Makes one step, and appends its line to the metrics. Saves nothing else. May go beyond
  /// [#steps].
  ///
  /// @return what it did
  /// @throws IOException if the metrics can't be written
  /// @throws TrainingException if it is the third step in a row whose loss or gradient is not
  ///   finite
  public Trainer.Step step() throws IOException, TrainingException {
    warmUp(() -> false);
    Trainer.Step step = advance();
    divergence.check();
    return step;
  }

  private void warmUp(BooleanSupplier stop) {
    if (!warm) {
      trainer.warmUp(stop);
      // What setting up has left lies among the arrays that stay, in memory that would be asked for
      // anew.
      System.gc();
      warm = true;
    }
  }

  private Trainer.Step advance() throws IOException {
    Trainer.Step step = trainer.step();
    divergence.add(step);
    files.append(step);
    return step;
  }

  /// Saves what is needed to go on, and the model for use, with the moving average of the weights.
  /// Does nothing if that is done for this step.
  ///
  /// @throws IOException if a file can't be written; the checkpoint before is then still there
  public void checkpoint() throws IOException {
    checkpoint(validations.loss(completed()));
  }

  /// Saves as [#checkpoint()] does.
  ///
  /// @param validationLoss the loss on held-out images; the checkpoint with the least one is kept
  void checkpoint(OptionalDouble validationLoss) throws IOException {
    trainer.collect();
    files.save(trainer, averaged, settings, validationLoss);
  }

  /// Trains to the last step, see [#run(TrainingListener, BooleanSupplier)].
  public void run(TrainingListener listener) throws IOException, TrainingException {
    run(listener, () -> false);
  }

  /// Trains to the last step, or until it is to stop; saves a checkpoint in either case, and makes
  /// snapshots of averages and samples after the last step, which may be an earlier one, see
  /// [#stoppedEarly]. If a checkpoint or samples on the way cannot be written, the listener is
  /// warned, and the next ones are tried. Samples that the stop cuts off are made when the run is
  /// resumed.
  ///
  /// @param listener watches
  /// @param stop whether to stop, asked before each step of training and after each of the sampler
  /// @return whether the last step was reached, and its samples are made
  /// @throws IOException if a file can't be written; the message says which checkpoint is there
  /// @throws TrainingException if three steps in a row have no finite loss and gradient; the last
  ///   checkpoint stays, for its weights may be good
  public boolean run(TrainingListener listener, BooleanSupplier stop)
      throws IOException, TrainingException {
    if (!settings.get(Settings.TENSORBOARD)) {
      return runToTheEnd(listener, stop);
    }
    try (TensorBoardLog events = new TensorBoardLog(this, listener)) {
      return runToTheEnd(listener.and(events), stop);
    }
  }

  private boolean runToTheEnd(TrainingListener listener, BooleanSupplier stop)
      throws IOException, TrainingException {
    boolean trained = hasSteps();
    try {
      train(listener, stop);
      if (hasSteps()) {
        return false;
      }
      boolean whole = !trained && samples.has(completed());
      return whole || sample(listener, stop);
    } catch (IOException | UncheckedIOException e) {
      throw new IOException(e.getMessage() + "; " + afterFailure(), e);
    }
  }

  private String afterFailure() {
    return "the checkpoint of step "
        + files.saved()
        + " is intact, and haze train --resume --out "
        + directory.path()
        + " goes on from it";
  }

  private void train(TrainingListener listener, BooleanSupplier stop)
      throws IOException, TrainingException {
    boolean due = false;
    try {
      attempt(listener, () -> validate(listener, stop));
      if (isDue(Settings.EMA_SNAPSHOTS)) {
        attempt(listener, this::writeSnapshot);
      }
      sampleOnTheWay(listener, stop);
      if (hasSteps()) {
        warmUp(stop);
      }
      while (hasSteps() && !stop.getAsBoolean()) {
        Trainer.Step step = advance();
        listener.stepped(step);
        divergence.check();
        attempt(listener, () -> validate(listener, stop));
        if (isDue(Settings.EMA_SNAPSHOTS) && hasSteps()) {
          attempt(listener, this::writeSnapshot);
        }
        // Weights that give no finite loss never take the place of those before.
        due |= isDue(Settings.CHECKPOINT_EVERY) || validations.isBest(completed());
        if (due && step.isApplied() && completed() < steps()) {
          attempt(listener, () -> checkpoint(listener));
          due = false;
        }
        sampleOnTheWay(listener, stop);
      }
      if (!hasSteps()) {
        // There is no later validation for what found no room.
        validate(listener, stop);
      }
    } catch (Throwable e) {
      if (!divergence.isThere()) {
        try {
          checkpoint();
        } catch (Throwable second) {
          // The first failure is the one that is told, also if the memory is at its end.
          e.addSuppressed(second);
        }
      }
      throw e;
    }
    checkpoint(listener);
    if (settings.get(Settings.EMA_SNAPSHOTS) > 0 && !hasSteps()) {
      writeSnapshot();
    }
  }

  /// Stores the averages of this step, unless they are there.
  private void writeSnapshot() throws IOException {
    if (completed() > 0 && !EmaSnapshots.has(directory, completed())) {
      trainer.collect();
      EmaSnapshots.write(directory, files.disk(), trainer);
    }
  }

  private void checkpoint(TrainingListener listener) throws IOException {
    boolean there = files.saved() == completed();
    checkpoint();
    if (!there) {
      listener.saved();
    }
  }

  /// {@return whether there are further steps: the run has not had all, and is not stopped early}
  public boolean hasSteps() {
    return completed() < steps() && !validations.isExhausted();
  }

  /// {@return whether samples of this step are due and not there: [#run] was stopped before they
  /// were finished, and makes them when the run is resumed}
  public boolean lacksSamples() {
    return completed() > 0
        && (!hasSteps() || isDue(Settings.SAMPLE_EVERY))
        && !samples.has(completed());
  }

  private void sampleOnTheWay(TrainingListener listener, BooleanSupplier stop) {
    if (hasSteps() && lacksSamples()) {
      attempt(listener, () -> sample(listener, stop));
    }
  }

  private interface Saving {
    void save() throws IOException;
  }

  /// What a full disk prevents on the way may succeed the next time.
  private static void attempt(TrainingListener listener, Saving saving) {
    try {
      saving.save();
    } catch (IOException e) {
      listener.warned(e.getMessage() + "; training goes on, and saves again later");
    }
  }

  /// Measures the averaged weights on held-out images if that is due and not done.
  private void validate(TrainingListener listener, BooleanSupplier stop) throws IOException {
    validations.make(completed(), this::collected, stop).ifPresent(listener::validated);
  }

  /// {@return why the run has no further step although it has not had all: the loss on held-out
  /// images does not fall any more}
  public Optional<String> stoppedEarly() {
    return validations.stoppedEarly(completed());
  }

  /// {@return the best validation so far, whose model is in [RunDirectory#best]}
  public Optional<Validation> best() {
    return validations.best();
  }

  private boolean isDue(Setting<Integer> every) {
    return settings.get(every) > 0 && completed() % settings.get(every) == 0;
  }

  private boolean sample(TrainingListener listener, BooleanSupplier stop) throws IOException {
    return samples.make(completed(), collected(), listener, stop);
  }

  /// The model with the averaged weights as they are now.
  private Pipeline collected() {
    trainer.collect();
    return averaged;
  }

  /// Gives the run's directory free for other processes. Saves nothing.
  @Override
  public void close() throws IOException {
    files.close();
  }

  /// {@return such as `runs/mnist: 686,769 parameters, 4000 steps of 32 images`}
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
