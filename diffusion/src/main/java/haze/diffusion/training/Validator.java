package haze.diffusion.training;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Spread;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.loss.Objective;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Measures weights on held-out images, with a network of its own: training does not notice.
///
/// The data is cut into as many parts as images are wanted, and each gives one. Image i has one
/// timestep, `1 + floor(T frac(i phi))` with the golden ratio phi, which covers 1..T evenly
/// whatever the order of the images, and one noise, which depends on the seed and i alone. Images
/// of classes have their class.
final class Validator {
  /// Images and timesteps of the bound, which costs as much as the loss on so many images together.
  private static final int BOUND_IMAGES = 64;

  private static final int BOUND_TIMESTEPS = 16;

  private static final double GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

  private final ImageDataset data;
  private final int[] images;
  private final int[] timesteps;
  private final Objective objective;
  private final long seed;
  private final int shard;
  private final Workers workers;
  private final UNet unet;
  private final @Nullable BoundEvaluation bound;
  private final BoundRequest boundRequest;

  /// A validator of a run's network.
  ///
  /// @param data the held-out images
  /// @param average the averaged weights, laid out as a [ParameterVector] of the network, not
  ///   copied
  /// @param workers the threads, which the caller closes
  /// @throws RequestException if the images do not go with the network
  Validator(TrainingPlan plan, ImageDataset data, float[] average, Workers workers) {
    this.data = data;
    this.workers = workers;
    TrainingSettings settings = plan.settings();
    seed = settings.get(Settings.SEED);
    shard = settings.get(Settings.SHARD);
    objective = settings.objective(plan.scheduler());
    unet = new UNet(plan.network());
    new ParameterVector(unet, average);
    requireFitting(plan.data());
    int count = Math.min(data.count(), settings.get(Settings.VALIDATION_IMAGES));
    images = Spread.sample(data.count(), count);
    timesteps =
        IntStream.range(0, count)
            .map(i -> 1 + (int) (i * GOLDEN_RATIO % 1 * objective.timesteps()))
            .toArray();
    boundRequest =
        BoundRequest.of(data)
            .images(Math.min(count, BOUND_IMAGES))
            .timesteps(Math.min(objective.timesteps(), BOUND_TIMESTEPS))
            .seed(seed);
    bound = bound(new Pipeline(unet, plan.scheduler()), boundRequest);
  }

  private void requireFitting(ImageDataset learned) {
    if (!data.imageShape().equals(learned.imageShape())) {
      throw new RequestException(
          "validation: the held-out images are "
              + data.imageShape()
              + ", those to learn from "
              + learned.imageShape());
    }
    int classes = unet.config().classes();
    if (classes > 0 && (!data.hasLabels() || data.classes() > classes)) {
      throw new RequestException(
          "validation: the held-out images have "
              + (data.hasLabels() ? data.classes() + " classes" : "no labels")
              + ", those to learn from "
              + classes);
    }
  }

  /// The bound, unless the model has none, or images have values that are no grey levels.
  private static @Nullable BoundEvaluation bound(Pipeline model, BoundRequest request) {
    try {
      BoundEvaluation evaluation = new BoundEvaluation(model);
      evaluation.require(request);
      return evaluation;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// Measures the averaged weights as they are now.
  ///
  /// @param step the number of updates
  /// @param stop whether to give up, asked after each group of images
  /// @return nothing if it was to stop
  Optional<Validation> run(int step, BooleanSupplier stop) {
    float[] losses = new float[images.length];
    int atOnce = shard * workers.threads();
    for (int from = 0; from < images.length; from += atOnce) {
      if (stop.getAsBoolean()) {
        return Optional.empty();
      }
      int first = from;
      int count = Math.min(atOnce, images.length - from);
      workers.run(
          Math.ceilDiv(count, shard),
          (task, worker) -> {
            int start = first + task * shard;
            losses(losses, start, Math.min(start + shard, images.length), workers.pool(worker));
          });
    }
    double sum = 0;
    for (float loss : losses) {
      sum += loss;
    }
    double mean = sum / losses.length;
    return withBound(step, mean, stop);
  }

  private Optional<Validation> withBound(int step, double loss, BooleanSupplier stop) {
    if (bound == null || !Double.isFinite(loss)) {
      return Optional.of(new Validation(step, loss, Optional.empty()));
    }
    try {
      var result =
          bound.run(
              boundRequest,
              workers,
              (_, _) -> {
                if (stop.getAsBoolean()) {
                  throw new CancellationException();
                }
              });
      return Optional.of(new Validation(step, loss, Optional.of(Validation.Bound.of(result))));
    } catch (CancellationException e) {
      return Optional.empty();
    }
  }

  /// The losses of the images `from <= i < to`.
  private void losses(float[] losses, int from, int to, BufferPool pool) {
    int[] some = Arrays.copyOfRange(images, from, to);
    int[] t = Arrays.copyOfRange(timesteps, from, to);
    try (Tape tape = Tape.off(pool)) {
      Shape shape = data.imageShape().batch(some.length);
      Tensor x0 = data.images(some, tape.allocate(shape));
      Tensor epsilon = tape.allocate(shape);
      float[] modelTimesteps = new float[some.length];
      for (int i = 0; i < some.length; i++) {
        modelTimesteps[i] = objective.modelTimestep(t[i]);
        new Rng(seed, Purpose.VALIDATION.number(), 0, from + i).normal(epsilon.at(i));
      }
      Objective.Noised noised = objective.noise(tape, x0, epsilon, t);
      int[] labels =
          unet.config().classes() > 0 ? IntStream.of(some).map(data::label).toArray() : new int[0];
      Variable output = unet.forward(tape, tape.constant(noised.xt()), modelTimesteps, labels);
      float[] own = noised.losses(tape, output).value().toArray();
      System.arraycopy(own, 0, losses, from, own.length);
    }
  }
}
