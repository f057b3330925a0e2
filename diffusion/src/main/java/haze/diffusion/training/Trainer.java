package haze.diffusion.training;

import haze.autograd.Multiply;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.BatchOrder;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.TimestepSampler;
import haze.nn.BatchStep;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.ShardedStep;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.nn.optim.EmaProfile;
import haze.nn.optim.GradientClip;
import haze.nn.optim.LearningRateSchedule;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// DDPM's training (Ho et al. 2020, algorithm 1): draw images, timesteps and noise, and take a
/// gradient step on an [Objective], of which DDPM's own is
///
/// ```
/// L_simple = mean of (epsilon - epsilon_theta(sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon, t))^2
/// ```
///
/// A conditional network gets each image's label too, or the label behind the last one, which
/// stands for no class.
///
/// A batch is cut into shards. A thread runs forward and backward of one shard with a tape of its
/// own; then the shards' gradients are summed in their order. Each random number is a function of
/// (seed, step, image). So the weights are the same bits for any number of threads, and a run that
/// is resumed is the run that was never stopped.
public final class Trainer {
  private final UNet unet;
  private final ParameterVector parameters;
  private final Objective objective;
  private final TimestepSampler timesteps;
  private final ImageDataset data;
  private final TrainingSettings settings;

  private final long seed;
  private final int batchSize;
  private final int shardSize;
  private final BatchOrder order;
  private final LearningRateSchedule learningRate;
  private final Optimizer optimizer;
  private final Ema ema;
  private final Map<String, Ema> powerAverages = new LinkedHashMap<>();
  private final BatchStep sharded;
  private final LossByLevel lossByLevel;
  private int completed;
  private long imageBytes;

  /// What one step did.
  ///
  /// @param step which step, from 1
  /// @param loss the loss of its batch, before the update
  /// @param gradientNorm the gradient's norm before it was clipped
  /// @param learningRate the learning rate of the update
  /// @param milliseconds how long the step took
  /// @param refused the batch, if its loss or gradient is not finite: weights, averages and
  ///   optimizer are then as before the step
  public record Step(
      int step,
      double loss,
      double gradientNorm,
      double learningRate,
      double milliseconds,
      Optional<RefusedBatch> refused) {
    /// A step that was applied.
    public Step(
        int step, double loss, double gradientNorm, double learningRate, double milliseconds) {
      this(step, loss, gradientNorm, learningRate, milliseconds, Optional.empty());
    }

    /// {@return whether it moved the weights}
    public boolean isApplied() {
      return refused.isEmpty();
    }
  }

  /// A trainer at step 0, with freshly initialised weights, on the threads of this machine.
  ///
  /// @param unet the network; in the hands of the trainer from now on
  /// @param objective what it is trained for
  /// @param timesteps which timesteps a batch is trained at; in the hands of the trainer too
  /// @param optimizer makes the rule by which a gradient moves the weights, such as `Muon::new`
  /// @param data the images
  /// @param settings how to train
  /// @param workers the threads
  /// @throws IllegalArgumentException if images, labels or objective do not fit the network
  public Trainer(
      UNet unet,
      Objective objective,
      TimestepSampler timesteps,
      Optimizer.Factory optimizer,
      ImageDataset data,
      TrainingSettings settings,
      Workers workers) {
    this(unet, objective, timesteps, optimizer, data, settings, workers, ShardedStep::new);
  }

  /// A trainer whose steps are computed elsewhere, or in another manner.
  ///
  /// @param steps makes what computes them
  Trainer(
      UNet unet,
      Objective objective,
      TimestepSampler timesteps,
      Optimizer.Factory optimizer,
      ImageDataset data,
      TrainingSettings settings,
      Workers workers,
      BatchStep.Factory steps) {
    NetworkFit fit = new NetworkFit(unet.config());
    fit.requireImages(data.imageShape());
    fit.requireObjective(objective);
    fit.requireClasses(settings.isConditional() ? data.classes() : 0);
    this.unet = unet;
    this.data = data;
    this.settings = settings;
    this.objective = objective;
    this.timesteps = timesteps;
    lossByLevel = new LossByLevel(objective.timesteps());
    seed = settings.get(Settings.SEED);
    batchSize = settings.get(Settings.BATCH);
    shardSize = settings.get(Settings.SHARD);
    order = new BatchOrder(seed, Purpose.ORDER.number(), data.count(), batchSize);
    learningRate = LearningRateDecay.of(settings);
    parameters = new ParameterVector(unet);
    parameters.initialize(
        seed, Purpose.INITIALIZATION.number(), settings.get(Settings.ZERO_INITIALIZATION));
    this.optimizer = optimizer.create(parameters);
    ema = new Ema(parameters.values(), settings.ema());
    List<Ema> averages = new ArrayList<>(List.of(ema));
    if (settings.get(Settings.EMA_SNAPSHOTS) > 0) {
      for (double length : EmaSnapshots.LENGTHS) {
        Ema average =
            new Ema(parameters.values(), new EmaDecay.PowerFunction(EmaProfile.exponent(length)));
        powerAverages.put(EmaSnapshots.name(length), average);
        averages.add(average);
      }
    }
    sharded =
        steps.create(
            new BatchStep.Parts(
                parameters,
                this.optimizer,
                averages,
                List.copyOf(timesteps.state().values()),
                settings.shards(),
                settings.shardsAtOnce(),
                workers));
  }

  /// {@return the number of updates so far}
  public int completed() {
    return completed;
  }

  /// {@return the moving average of the weights, which samples are made with: the array itself,
  /// laid out as a [ParameterVector] of the same network}
  public float[] emaWeights() {
    return ema.average();
  }

  /// {@return the losses of single images by their noise level}
  LossByLevel lossByLevel() {
    return lossByLevel;
  }

  /// {@return the averages for [EmaSnapshots] by name, the arrays themselves; none if the run keeps
  /// none}
  Map<String, float[]> powerAverages() {
    Map<String, float[]> averages = new LinkedHashMap<>();
    powerAverages.forEach((name, average) -> averages.put(name, average.average()));
    return averages;
  }

  /// Takes the weights, and their averages, from another network, before the first step.
  ///
  /// @param others its parameters by full name
  /// @return the names of those that it does not have in this shape: they keep their first values
  List<String> startFrom(Map<String, Parameter> others) {
    List<String> fresh = new ArrayList<>();
    parameters
        .parameters()
        .forEach(
            (name, own) -> {
              Parameter other = others.get(name);
              if (other != null && other.value().shape().equals(own.value().shape())) {
                own.value().copyFrom(other.value());
              } else {
                fresh.add(name);
              }
            });
    System.arraycopy(parameters.values(), 0, ema.average(), 0, parameters.size());
    for (float[] average : powerAverages().values()) {
      System.arraycopy(parameters.values(), 0, average, 0, parameters.size());
    }
    return fresh;
  }

  /// {@return everything that changes from step to step, besides [#completed], by name: the arrays
  /// themselves, so that overwriting them and calling [#resumeAt] restores a trainer}
  public Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    state.put("weights", parameters.values());
    state.put("ema", ema.average());
    state.putAll(powerAverages());
    optimizer.state().forEach((name, values) -> state.put("optimizer." + name, values));
    timesteps.state().forEach((name, values) -> state.put("timesteps." + name, values));
    return state;
  }

  /// Brings [#state] up to date, if the steps are computed elsewhere.
  void collect() {
    sharded.collect();
  }

  /// Sets the number of updates that [#state] has had.
  ///
  /// @param step the number, at least 0
  public void resumeAt(int step) {
    completed = step;
  }

  /// Runs forward and backward of a single image, see [BatchStep#warmUp]. Changes nothing but the
  /// time of the first steps.
  ///
  /// @param stop whether to end before that, asked between passes
  public void warmUp(BooleanSupplier stop) {
    Batch image =
        new Batch(new int[1], new TimestepSampler.Uniform(1).draw(0, 0, 0, 1), new int[0]);
    imageBytes = sharded.warmUp((tape, shard) -> loss(tape, 1, image, shard), stop);
  }

  /// {@return the memory of one image's forward and backward pass, in bytes, as the last [#warmUp]
  /// measured it}
  public long imageBytes() {
    return imageBytes;
  }

  /// Updates the weights once, unless the batch's loss or gradient is not finite. Such a step
  /// counts, so that the next one has the next batch; nothing else of it remains.
  ///
  /// @return what happened
  public Step step() {
    long start = System.nanoTime();
    int step = completed + 1;
    Batch batch = batch(completed);
    double norm =
        sharded.differentiate(
            step, (tape, shard) -> loss(tape, step, batch, shard), batch.losses, shardSize);
    double loss = batch.meanLoss();
    double rate = learningRate.rate(step);
    boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
    if (finite) {
      timesteps.update(batch.draw.t(), batch.losses);
      lossByLevel.add(batch.draw.t(), batch.losses);
      sharded.update(step, rate, GradientClip.scale(norm, settings.get(Settings.CLIP_NORM)));
    }
    completed = step;
    return new Step(
        step,
        loss,
        norm,
        rate,
        (System.nanoTime() - start) / 1e6,
        finite ? Optional.empty() : Optional.of(refused(step, loss, norm, batch)));
  }

  private RefusedBatch refused(int step, double loss, double norm, Batch batch) {
    return new RefusedBatch(
        step,
        loss,
        norm,
        IntStream.range(0, batch.images.length)
            .mapToObj(
                i ->
                    new RefusedBatch.Image(
                        batch.images[i],
                        data.name(batch.images[i]),
                        batch.draw.t()[i],
                        (double) batch.draw.weights()[i] * batch.losses[i]))
            .toList());
  }

  /// Images and timesteps of a step, and, when it is done, the loss of each image.
  private static final class Batch {
    private final int[] images;
    private final TimestepSampler.Draw draw;
    private final int[] next;
    private final float[] losses;

    /// @param next images of the next batch
    Batch(int[] images, TimestepSampler.Draw draw, int[] next) {
      this.images = images;
      this.draw = draw;
      this.next = next;
      losses = new float[images.length];
    }

    /// The mean of the losses by their weights, summed in the order of the images.
    double meanLoss() {
      double sum = 0;
      for (int i = 0; i < losses.length; i++) {
        sum += (double) draw.weights()[i] * losses[i];
      }
      return sum / losses.length;
    }
  }

  /// The batch that makes step `index + 1`.
  private Batch batch(int index) {
    return new Batch(
        order.indices(index),
        timesteps.draw(seed, Purpose.TIMESTEP.number(), index + 1, batchSize),
        order.indices(index + 1));
  }

  /// The loss of one shard; those of its images go to the batch.
  private Variable loss(Tape tape, int step, Batch batch, int shard) {
    int first = shard * shardSize;
    int past = Math.min(first + shardSize, batch.images.length);
    if (batch.next.length > 0) {
      // The next images of this shard are decoded while this step is computed.
      data.prepare(Arrays.copyOfRange(batch.next, first, past));
    }
    int[] images = Arrays.copyOfRange(batch.images, first, past);
    int[] t = Arrays.copyOfRange(batch.draw.t(), first, past);
    float[] weights = Arrays.copyOfRange(batch.draw.weights(), first, past);
    Shape image = data.imageShape();
    Shape shape = image.batch(images.length);
    Tensor x0 = data.images(images, tape.allocate(shape));
    if (settings.get(Settings.FLIP)) {
      flip(x0, step, first);
    }
    Tensor epsilon = tape.allocate(shape);
    float[] modelTimestep = new float[images.length];
    for (int i = 0; i < images.length; i++) {
      modelTimestep[i] = objective.modelTimestep(t[i]);
      weights[i] /= batch.images.length;
      new Rng(seed, Purpose.NOISE.number(), step, first + i).normal(epsilon.at(i));
    }
    Objective.Noised noised = objective.noise(tape, x0, epsilon, t);
    Variable output =
        unet.forwardInTraining(
            tape,
            tape.constant(noised.xt()),
            modelTimestep,
            new Rng(seed, Purpose.DROPOUT.number(), step, first),
            labels(step, images, first));
    Variable losses = noised.losses(tape, output);
    System.arraycopy(losses.value().toArray(), 0, batch.losses, first, images.length);
    return Sum.apply(
        tape,
        Multiply.apply(tape, losses, tape.constant(Tensor.of(losses.value().shape(), weights))));
  }

  /// Exchanges left and right of half of the images, `[n, h, w, c]`.
  private void flip(Tensor images, int step, int first) {
    for (int i = 0; i < images.dim(0); i++) {
      if (new Rng(seed, Purpose.FLIP.number(), step, first + i).fraction() < 1.0 / 2) {
        ImageDataset.flip(images.at(i));
      }
    }
  }

  /// The labels that the network is conditioned on, some left out; none if it is unconditional.
  private int[] labels(int step, int[] images, int first) {
    int none = unet.config().noClassLabel().orElse(-1);
    if (none < 0) {
      return new int[0];
    }
    int[] labels = new int[images.length];
    for (int i = 0; i < labels.length; i++) {
      double drawn = new Rng(seed, Purpose.LABEL.number(), step, first + i).fraction();
      boolean dropped = drawn < settings.get(Settings.LABEL_DROPOUT);
      labels[i] = dropped ? none : data.label(images[i]);
    }
    return labels;
  }
}
