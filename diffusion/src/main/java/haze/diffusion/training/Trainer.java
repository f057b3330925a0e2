package haze.diffusion.training;

import haze.autograd.Multiply;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.BatchOrder;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.TimestepSampler;
import haze.nn.ParameterVector;
import haze.nn.ShardedStep;
import haze.nn.optim.Adam;
import haze.nn.optim.Ema;
import haze.nn.optim.GradientClip;
import haze.nn.optim.LearningRateSchedule;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// DDPM's training (Ho et al. 2020, algorithm 1): draw images, timesteps and noise, and take a
/// gradient step on an [Objective], of which DDPM's own is
///
/// ```
/// L_simple = mean of (epsilon - epsilon_theta(sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon, t))^2
/// ```
///
/// A network that is to make pictures of a class is told each image's label too, or the label
/// behind the last one, which stands for no class.
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

  private final BatchOrder order;
  private final LearningRateSchedule learningRate;
  private final Optimizer optimizer;
  private final Ema ema;
  private final ShardedStep sharded;
  private int completed;

  /// What one step did.
  ///
  /// @param step which step, from 1
  /// @param loss the loss of its batch, before the update
  /// @param gradientNorm the gradient's norm before it was clipped
  /// @param learningRate the learning rate of the update
  /// @param milliseconds how long the step took
  public record Step(
      int step, double loss, double gradientNorm, double learningRate, double milliseconds) {}

  /// A trainer at step 0, with freshly initialised weights.
  ///
  /// @param unet the network; in the hands of the trainer from now on
  /// @param objective what it is trained for
  /// @param timesteps which timesteps a batch is trained at; in the hands of the trainer too
  /// @param data the images
  /// @param settings how to train
  /// @param workers the threads
  /// @throws IllegalArgumentException if images, labels or objective do not fit the network
  public Trainer(
      UNet unet,
      Objective objective,
      TimestepSampler timesteps,
      ImageDataset data,
      TrainingSettings settings,
      Workers workers) {
    requireFitting(unet.config(), data);
    requireFitting(unet.config(), objective);
    requireFitting(unet.config(), settings.labelDropout() > 0 ? data.classes() : 0);
    this.unet = unet;
    this.data = data;
    this.settings = settings;
    this.objective = objective;
    this.timesteps = timesteps;
    order = new BatchOrder(settings.seed(), Purpose.ORDER.number(), data.count(), settings.batch());
    learningRate = settings.learningRateSchedule();
    parameters = new ParameterVector(unet);
    parameters.initialize(
        settings.seed(), Purpose.INITIALIZATION.number(), settings.zeroInitialization());
    optimizer = new Adam(parameters.size());
    ema = new Ema(parameters.values(), settings.ema());
    sharded = new ShardedStep(parameters, optimizer, ema, settings.shards(), workers);
  }

  private static void requireFitting(UNetConfig unet, ImageDataset data) {
    Shape image = data.imageShape();
    int multiple = unet.imageMultiple();
    if (image.dim(2) != unet.inChannels()
        || image.dim(0) % multiple != 0
        || image.dim(1) % multiple != 0) {
      throw new IllegalArgumentException(
          "training: images of "
              + image.dim(0)
              + "x"
              + image.dim(1)
              + " with "
              + image.dim(2)
              + " channels, expected "
              + unet.inChannels()
              + " channels and height and width divisible by "
              + multiple);
    }
  }

  private static void requireFitting(UNetConfig unet, Objective objective) {
    int expected = objective.outputChannels(unet.inChannels());
    if (unet.outChannels() != expected) {
      throw new IllegalArgumentException(
          "training: the network has "
              + unet.outChannels()
              + " output channels, expected "
              + expected
              + " for this objective");
    }
  }

  private static void requireFitting(UNetConfig unet, int classes) {
    int expected = classes == 0 ? 0 : classes + 1;
    int labels = unet.numClassEmbeds().orElse(0);
    if (labels != expected) {
      throw new IllegalArgumentException(
          "training: the network knows of "
              + labels
              + " labels, expected "
              + expected
              + (classes == 0 ? "" : " for " + classes + " classes and none"));
    }
  }

  /// The number of updates so far.
  ///
  /// @return 0 for a new trainer
  public int completed() {
    return completed;
  }

  /// The moving average of the weights, which samples are drawn with.
  ///
  /// @return the array itself, laid out as a [ParameterVector] of the same network
  public float[] emaWeights() {
    return ema.average();
  }

  /// Everything that changes from step to step, besides [#completed]: overwriting these arrays and
  /// calling [#resumeAt] restores a trainer.
  ///
  /// @return the arrays themselves, by name
  public Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    state.put("weights", parameters.values());
    state.put("ema", ema.average());
    optimizer.state().forEach((name, values) -> state.put("optimizer." + name, values));
    timesteps.state().forEach((name, values) -> state.put("timesteps." + name, values));
    return state;
  }

  /// Sets the number of updates that [#state] has had.
  ///
  /// @param step the number, at least 0
  public void resumeAt(int step) {
    completed = step;
  }

  /// Runs forward and backward of a single image, see [ShardedStep#warmUp]. Changes nothing but the
  /// time of the first steps.
  public void warmUp() {
    Batch image = new Batch(new int[1], new TimestepSampler.Uniform(1).draw(0, 0, 0, 1));
    sharded.warmUp((tape, shard) -> loss(tape, 1, image, shard));
  }

  /// Updates the weights once.
  ///
  /// @return what happened
  /// @throws TrainingException if the loss or the gradient is not finite; the weights are then as
  ///   before the step
  public Step step() throws TrainingException {
    long start = System.nanoTime();
    int step = completed + 1;
    Batch batch = batch(completed);
    double norm = sharded.differentiate((tape, shard) -> loss(tape, step, batch, shard));
    double loss = batch.meanLoss();
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new TrainingException(
          "training: step "
              + step
              + " has loss "
              + loss
              + " and gradient norm "
              + norm
              + "; the weights of step "
              + completed
              + " are kept. A lower learning rate may help");
    }
    timesteps.update(batch.draw.t(), batch.losses);
    double rate = learningRate.rate(step);
    sharded.update(step, rate, GradientClip.scale(norm, settings.clipNorm()));
    completed = step;
    return new Step(step, loss, norm, rate, (System.nanoTime() - start) / 1e6);
  }

  /// Images and timesteps of a step, and, when it is done, what each image cost.
  private static final class Batch {
    private final int[] images;
    private final TimestepSampler.Draw draw;
    private final float[] losses;

    Batch(int[] images, TimestepSampler.Draw draw) {
      this.images = images;
      this.draw = draw;
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
        timesteps.draw(settings.seed(), Purpose.TIMESTEP.number(), index + 1, settings.batch()));
  }

  /// The loss of one shard; what each of its images cost goes to the batch.
  private Variable loss(Tape tape, int step, Batch batch, int shard) {
    int first = shard * settings.shard();
    int past = Math.min(first + settings.shard(), batch.images.length);
    int[] images = Arrays.copyOfRange(batch.images, first, past);
    int[] t = Arrays.copyOfRange(batch.draw.t(), first, past);
    float[] weights = Arrays.copyOfRange(batch.draw.weights(), first, past);
    Shape image = data.imageShape();
    Shape shape = image.batch(images.length);
    Tensor x0 = data.images(images, tape.allocate(shape));
    Tensor epsilon = tape.allocate(shape);
    float[] modelTimestep = new float[images.length];
    for (int i = 0; i < images.length; i++) {
      modelTimestep[i] = objective.modelTimestep(t[i]);
      weights[i] /= batch.images.length;
      new Rng(settings.seed(), Purpose.NOISE.number(), step, first + i).normal(epsilon.at(i));
    }
    Objective.Noised noised = objective.noise(tape, x0, epsilon, t);
    Variable output =
        unet.forward(tape, tape.constant(noised.xt()), modelTimestep, labels(step, images, first));
    Variable losses = noised.losses(tape, output);
    System.arraycopy(losses.value().toArray(), 0, batch.losses, first, images.length);
    return Sum.apply(
        tape,
        Multiply.apply(tape, losses, tape.constant(Tensor.of(losses.value().shape(), weights))));
  }

  /// What the network is told of the images: their labels, some left out; nothing if it knows of
  /// none.
  private int[] labels(int step, int[] images, int first) {
    int none = unet.config().noClassLabel().orElse(-1);
    if (none < 0) {
      return new int[0];
    }
    int[] labels = new int[images.length];
    for (int i = 0; i < labels.length; i++) {
      double drawn = new Rng(settings.seed(), Purpose.LABEL.number(), step, first + i).fraction();
      boolean dropped = drawn < settings.labelDropout();
      labels[i] = dropped ? none : data.label(images[i]);
    }
    return labels;
  }
}
