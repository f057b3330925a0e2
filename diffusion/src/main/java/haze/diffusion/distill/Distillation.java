package haze.diffusion.distill;

import haze.autograd.Multiply;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.BatchOrder;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SamplingDefaults;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.ShardedStep;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.nn.optim.GradientClip;
import haze.nn.optim.LearningRateSchedule;
import haze.nn.optim.Muon;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Trains a student that takes one step of DDIM where its teacher takes several, see [StepTarget].
///
/// The student is a network of the same kind, and starts with the teacher's weights. It is trained
/// at the few timesteps alone at which it will be evaluated: at each an equal part of the batch, of
/// data with noise. With `x` the target, the loss is
///
/// ```
/// L = mean of (v - v_theta(x_t, t))^2 = mean of (x - x_theta(x_t, t))^2 / (1 - alphaBar_t)
/// ```
///
/// which is Salimans & Ho's weight `SNR + 1`, whether the network predicts v or `x_0`.
///
/// Each random number is a function of (seed, step, image), and sums have a fixed order: the
/// student is the same bits for any number of threads.
public final class Distillation {
  /// Purposes of random numbers, see [Rng]: the letters "DIOR", "DINO" and "DILA".
  private static final int ORDER = 0x44494F52;

  private static final int NOISE = 0x44494E4F;
  private static final int LABEL = 0x44494C41;

  /// "DIDR".
  private static final int DROPOUT = 0x44494452;

  /// How likely a label is left out, as in training: the student draws images of no class too.
  private static final double LABEL_DROPOUT = 0.1;

  private static final int SHARD = 16;
  private static final double CLIP_NORM = 1;
  private static final double EMA_DECAY = 0.99;

  /// Most steps in which the learning rate rises.
  private static final int WARM_UP = 20;

  /// It rises in at most one in so many steps.
  private static final int WARM_UP_PART = 10;

  private final Pipeline teacher;
  private final ImageDataset data;
  private final DistillSettings settings;
  private final Workers workers;
  private final NoiseSchedule schedule;
  private final Prediction prediction;
  private final Objective objective;
  private final UNet student;
  private final ParameterVector parameters;
  private final BatchOrder order;

  /// Where the student is evaluated, and 0.
  private final int[] visited;

  /// From noise to image.
  private final int teacherSteps;

  /// Watches the training.
  @FunctionalInterface
  public interface Listener {
    /// Called after every step.
    ///
    /// @param step which step, from 1
    /// @param loss of its batch, before the update
    void stepped(int step, double loss);
  }

  /// A distillation that has not begun.
  ///
  /// @param teacher the trained model, which stays as it is
  /// @param data images of the kind that it was trained on
  /// @param workers the threads, which the caller closes
  /// @throws haze.diffusion.pipeline.RequestException if there are no such students of this model,
  ///   or the images do not fit it
  public Distillation(
      Pipeline teacher, ImageDataset data, DistillSettings settings, Workers workers) {
    ImageDataset own = teacher.labelled(data, workers);
    StudentFit.require(teacher, own, settings);
    this.teacher = teacher;
    this.data = own;
    this.settings = settings;
    this.workers = workers;
    schedule = teacher.scheduler().schedule();
    prediction = teacher.scheduler().prediction();
    objective = new SimpleLoss(schedule, prediction);
    student = copy(teacher.unet());
    parameters = new ParameterVector(student);
    teacherSteps = settings.stepsOf(teacher.scheduler().defaults());
    visited = DistillSettings.timesteps(schedule.timesteps(), settings.evaluations());
    order = new BatchOrder(settings.seed(), ORDER, data.count(), settings.batch());
  }

  private static UNet copy(UNet unet) {
    UNet copy = new UNet(unet.config());
    Map<String, Parameter> values = unet.parameters();
    copy.parameters()
        .forEach(
            (name, parameter) ->
                parameter.value().copyFrom(Objects.requireNonNull(values.get(name)).value()));
    return copy;
  }

  /// Trains the student, once.
  ///
  /// @param listener notified after every step
  /// @param stop whether to end before the next step
  /// @return the student; none if it was to stop
  /// @throws ArithmeticException if the loss or its gradient is NaN or infinite
  public Optional<Pipeline> run(Listener listener, BooleanSupplier stop) {
    Ema ema = new Ema(parameters.values(), new EmaDecay.WarmUp(EMA_DECAY, 0, 0));
    LearningRateSchedule rate = rate();
    int shards = Math.ceilDiv(settings.batch(), SHARD);
    BufferPool pool = new BufferPool();
    ShardedStep sharded =
        new ShardedStep(parameters, new Muon(parameters), List.of(ema), shards, shards, workers);
    try (ShardedUNet network = new ShardedUNet(teacher.unet(), workers, settings.guidance())) {
      for (int step = 1; step <= settings.steps(); step++) {
        if (stop.getAsBoolean()) {
          return Optional.empty();
        }
        int number = step;
        try (Tape memory = Tape.off(pool)) {
          Batch batch = batch(memory, network, number);
          double norm = sharded.differentiate((tape, shard) -> loss(tape, batch, number, shard));
          double loss = Arrays.stream(batch.losses).sum();
          if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new ArithmeticException(
                "step %d of the distillation has loss %s, a smaller --lr helps"
                    .formatted(step, loss));
          }
          sharded.update(step, rate.rate(step), GradientClip.scale(norm, CLIP_NORM));
          listener.stepped(step, loss);
        }
      }
    }
    parameters.copyFrom(ema.average());
    return Optional.of(new Pipeline(student, sampler(), teacher.classNames(), teacher.clusters()));
  }

  private LearningRateSchedule rate() {
    int warmUp = Math.min(WARM_UP, settings.steps() / WARM_UP_PART);
    return new LearningRateSchedule.LinearDecay(
        settings.learningRate(), warmUp, warmUp, settings.steps());
  }

  /// DDIM of the student's timesteps.
  private SchedulerConfig sampler() {
    return teacher
        .scheduler()
        .as(SamplerKind.DDIM)
        .withSpacing(TimestepSpacing.TRAILING)
        .withDefaults(SamplingDefaults.of(settings.evaluations(), ShardedUNet.UNGUIDED));
  }

  /// A step's images with noise, and what the student is to predict of them.
  ///
  /// @param images in memory of the step
  /// @param losses the loss of each image's share, when it is known
  @SuppressWarnings("ArrayRecordComponent") // Lives for a step; nobody compares two.
  private record Batch(Objective.Noised images, float[] weights, int[] labels, double[] losses) {}

  private Batch batch(Tape memory, ShardedUNet network, int step) {
    int[] images = order.indices(step - 1);
    int size = images.length;
    Shape shape = data.imageShape().batch(size);
    Tensor x0 = data.images(images, memory.allocate(shape));
    data.prepare(order.indices(step));
    Tensor epsilon = memory.allocate(shape);
    for (int i = 0; i < size; i++) {
      new Rng(settings.seed(), NOISE, step, i).normal(epsilon.at(i));
    }
    int part = size / settings.evaluations();
    int[] t = IntStream.range(0, size).map(i -> visited[i / part]).toArray();
    Tensor xt = objective.addNoise(memory, x0, epsilon, t);
    int[] labels = labels(images, step);
    float[] weights = new float[size];
    for (int k = 0; k < settings.evaluations(); k++) {
      int from = k * part;
      Tensor noisy = xt.slice(from, part);
      int[] own = labels.length == 0 ? labels : Arrays.copyOfRange(labels, from, from + part);
      int[] teacherTimesteps =
          StepTarget.timesteps(visited[k], visited[k + 1], teacherSteps / settings.evaluations());
      double alphaBar = schedule.alphaBar(visited[k]);
      Tensor x = new StepTarget(schedule).x0(denoiser(network, own), noisy, teacherTimesteps);
      // To the student, x_t is this image with the noise that is then in it.
      x0.slice(from, part).copyFrom(x);
      epsilon.slice(from, part).copyFrom(NoiseLevel.ofAlphaBar(alphaBar).epsilon(noisy, x));
      double weight = prediction == Prediction.X0 ? 1 / (1 - alphaBar) : 1;
      Arrays.fill(weights, from, from + part, (float) (weight / size));
    }
    return new Batch(
        new Objective.Noised(objective, x0, epsilon, xt, t), weights, labels, new double[size]);
  }

  /// The teacher's prediction of `x_0`, clipped as its scheduler says.
  private Denoiser denoiser(ShardedUNet network, int... labels) {
    return teacher
        .scheduler()
        .as(SamplerKind.DDIM)
        .stabilized()
        .denoiser(
            (xt, timestep) -> {
              float[] timesteps = new float[xt.dim(0)];
              Arrays.fill(timesteps, (float) timestep);
              return network.predict(xt, timesteps, labels);
            });
  }

  /// The labels that teacher and student are conditioned on, some left out; none if the network is
  /// unconditional.
  private int[] labels(int[] images, int step) {
    UNetConfig network = student.config();
    if (network.classes() == 0) {
      return new int[0];
    }
    OptionalInt none = network.noClassLabel();
    int[] labels = new int[images.length];
    for (int i = 0; i < labels.length; i++) {
      boolean dropped =
          none.isPresent() && new Rng(settings.seed(), LABEL, step, i).fraction() < LABEL_DROPOUT;
      labels[i] = dropped ? none.getAsInt() : data.label(images[i]);
    }
    return labels;
  }

  /// The loss of one shard; those of its images go to the batch.
  private Variable loss(Tape tape, Batch batch, int step, int shard) {
    int first = shard * SHARD;
    int count = Math.min(SHARD, batch.losses.length - first);
    int past = first + count;
    int[] t = Arrays.copyOfRange(batch.images.t(), first, past);
    float[] modelTimesteps = new float[count];
    for (int i = 0; i < count; i++) {
      modelTimesteps[i] = objective.modelTimestep(t[i]);
    }
    var images =
        new Objective.Noised(
            objective,
            batch.images.x0().slice(first, count),
            batch.images.epsilon().slice(first, count),
            batch.images.xt().slice(first, count),
            t);
    Variable output =
        student.forwardInTraining(
            tape,
            tape.constant(images.xt()),
            modelTimesteps,
            new Rng(settings.seed(), DROPOUT, step, first),
            batch.labels.length == 0
                ? batch.labels
                : Arrays.copyOfRange(batch.labels, first, past));
    Variable squares = images.losses(tape, output);
    float[] weights = Arrays.copyOfRange(batch.weights, first, past);
    Variable losses =
        Multiply.apply(tape, squares, tape.constant(Tensor.of(squares.value().shape(), weights)));
    System.arraycopy(losses.value().toDoubles(), 0, batch.losses, first, count);
    return Sum.apply(tape, losses);
  }
}
