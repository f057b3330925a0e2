package haze.diffusion.training;

import haze.autograd.MeanSquaredError;
import haze.autograd.Scale;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.BatchOrder;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.sampler.Denoiser;
import haze.nn.ParameterVector;
import haze.nn.optim.Adam;
import haze.nn.optim.Ema;
import haze.nn.optim.GradientClip;
import haze.nn.optim.LearningRateSchedule;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// DDPM's training (Ho et al. 2020, algorithm 1): draw images, timesteps and noise, and take a gradient step on
///
/// ```
/// L_simple = mean of (epsilon - epsilon_theta(sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon, t))^2
/// ```
///
/// A batch is cut into shards. A thread runs forward and backward of one shard with a tape of its own; then the
/// shards' gradients are summed in their order. Each random number is a function of (seed, step, image). So the
/// weights are the same bits for any number of threads, and a run that is resumed is the run that was never stopped.
public final class Trainer {
  /// The first takes over a second, the fourth a tenth of one; the first step is then four times as fast as without.
  private static final int WARM_UP_ROUNDS = 4;

  private final UNet unet;
  private final ParameterVector parameters;
  private final ForwardProcess forward;
  private final int timesteps;
  private final ImageDataset data;
  private final TrainingSettings settings;
  private final Workers workers;

  private final BatchOrder order;
  private final LearningRateSchedule learningRate;
  private final Optimizer optimizer;
  private final Ema ema;
  /// One gradient a shard, laid out as the parameters; the first receives the sum.
  private final float[][] gradients;
  private final BufferPool[] pools;
  private int completed;

  /// What one step did.
  ///
  /// @param step which step, from 1
  /// @param loss the loss of its batch, before the update
  /// @param gradientNorm the gradient's norm before it was clipped
  /// @param learningRate the learning rate of the update
  /// @param milliseconds how long the step took
  public record Step(int step, double loss, double gradientNorm, double learningRate,
      double milliseconds) {}

  /// A trainer at step 0, with freshly initialised weights.
  ///
  /// @param unet the network; in the hands of the trainer from now on
  /// @param schedule the noise schedule
  /// @param data the images
  /// @param settings how to train
  /// @param workers the threads
  /// @throws IllegalArgumentException if the images do not fit the network
  public Trainer(UNet unet, NoiseSchedule schedule, ImageDataset data, TrainingSettings settings,
      Workers workers) {
    requireFitting(unet, data);
    this.unet = unet;
    this.data = data;
    this.settings = settings;
    this.workers = workers;
    forward = new ForwardProcess(schedule);
    timesteps = schedule.timesteps();
    order = new BatchOrder(settings.seed(), Purpose.ORDER.number(), data.count(), settings.batch());
    learningRate = settings.learningRateSchedule();
    parameters = new ParameterVector(unet);
    parameters.initialize(settings.seed(), Purpose.INITIALIZATION.number(),
        settings.zeroInitialization());
    optimizer = new Adam(parameters.size());
    ema = new Ema(parameters.values(), settings.ema());
    gradients = new float[settings.shards()][parameters.size()];
    pools = IntStream.range(0, workers.threads()).mapToObj(i -> new BufferPool())
        .toArray(BufferPool[]::new);
  }

  private static void requireFitting(UNet unet, ImageDataset data) {
    Shape image = data.imageShape();
    int multiple = unet.config().imageMultiple();
    if (image.dim(2) != unet.config().inChannels() || image.dim(0) % multiple != 0
        || image.dim(1) % multiple != 0) {
      throw new IllegalArgumentException(
          "training: images of " + image.dim(0) + "x" + image.dim(1) + " with "
              + image.dim(2) + " channels, expected " + unet.config().inChannels()
              + " channels and height and width divisible by " + multiple);
    }
    if (unet.config().outChannels() != unet.config().inChannels()) {
      throw new IllegalArgumentException("training: the network has " + unet.config().outChannels()
          + " output channels, expected the noise's " + unet.config().inChannels());
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
  public float[] averagedWeights() {
    return ema.average();
  }

  /// Everything that changes from step to step, besides [#completed]: overwriting these arrays and calling
  /// [#resumeAt] restores a trainer.
  ///
  /// @return the arrays themselves, by name
  public Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    state.put("weights", parameters.values());
    state.put("ema", ema.average());
    optimizer.state().forEach((name, values) -> state.put("optimizer." + name, values));
    return state;
  }

  /// Sets the number of updates that [#state] has had.
  ///
  /// @param step the number, at least 0
  public void resumeAt(int step) {
    completed = step;
  }

  /// Runs forward and backward of a single image, whose gradient nobody uses, until the JVM has compiled most loops.
  /// Until then vectors are objects, and a first step on a whole batch takes seconds, since every loop passes over all
  /// its images before it is compiled. One thread does it; the other cores compile. Changes nothing but the time.
  public void warmUp() {
    int[] image = {0};
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      differentiate(1, image, 0, pools[0]);
    }
  }

  /// Updates the weights once.
  ///
  /// @return what happened
  /// @throws TrainingException if the loss or the gradient is not finite; the weights are then as before the step
  public Step step() throws TrainingException {
    long start = System.nanoTime();
    int step = completed + 1;
    int[] batch = order.indices(completed);
    double[] losses = new double[settings.shards()];
    workers.run(losses.length,
        (shard, worker) -> losses[shard] = differentiate(step, batch, shard, pools[worker]));
    double loss = Arrays.stream(losses).sum();
    double norm = sumGradients();
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new TrainingException(
          "training: step " + step + " has loss " + loss + " and gradient norm " + norm
              + "; the weights of step " + completed + " are kept. A lower learning rate may help");
    }
    double rate = learningRate.rate(step);
    update(step, GradientClip.scale(norm, settings.clipNorm()), rate);
    completed = step;
    return new Step(step, loss, norm, rate, (System.nanoTime() - start) / 1e6);
  }

  /// Forward and backward of one shard.
  ///
  /// @return its part of the batch's mean loss
  private double differentiate(int step, int[] batch, int shard, BufferPool pool) {
    float[] gradient = gradients[shard];
    Arrays.fill(gradient, 0);
    int first = shard * settings.shard();
    int count = Math.min(settings.shard(), batch.length - first);
    Shape image = data.imageShape();
    Shape shape = Shape.of(count, image.dim(0), image.dim(1), image.dim(2));
    try (Tape tape = Tape.recording(pool)) {
      Tensor x0 = data.images(Arrays.copyOfRange(batch, first, first + count),
          tape.allocate(shape));
      Tensor epsilon = tape.allocate(shape);
      int[] t = new int[count];
      float[] networkTime = new float[count];
      for (int i = 0; i < count; i++) {
        t[i] = 1 + new Rng(settings.seed(), Purpose.TIMESTEP.number(), step, first + i).below(0,
            timesteps);
        networkTime[i] = Denoiser.timestep(t[i]);
        new Rng(settings.seed(), Purpose.NOISE.number(), step, first + i).normal(epsilon.at(i));
      }
      parameters.watch(tape, gradient);
      Variable xt = tape.constant(forward.jump(tape, x0, epsilon, t));
      Variable error = MeanSquaredError.apply(tape, unet.forward(tape, xt, networkTime),
          tape.constant(epsilon));
      Variable loss = Scale.apply(tape, error, (float) count / batch.length);
      tape.backward(loss);
      return loss.value().item();
    }
  }

  /// Sums the shards' gradients into the first, in their order.
  ///
  /// @return the sum's norm
  private double sumGradients() {
    int size = parameters.size();
    double[] squares = new double[GradientClip.chunks(size)];
    workers.run(squares.length, (chunk, worker) -> {
      int from = chunk * GradientClip.CHUNK;
      int to = Math.min(from + GradientClip.CHUNK, size);
      for (int shard = 1; shard < gradients.length; shard++) {
        add(gradients[0], gradients[shard], from, to);
      }
      GradientClip.sumSquares(gradients[0], squares, chunk, chunk + 1);
    });
    return GradientClip.norm(squares);
  }

  private static void add(float[] sum, float[] part, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] += part[i];
    }
  }

  private void update(int step, float gradientScale, double rate) {
    int size = parameters.size();
    workers.run(GradientClip.chunks(size), (chunk, worker) -> {
      int from = chunk * GradientClip.CHUNK;
      int to = Math.min(from + GradientClip.CHUNK, size);
      optimizer.update(parameters.values(), gradients[0], gradientScale, rate, step, from, to);
      ema.update(parameters.values(), step, from, to);
    });
  }
}
