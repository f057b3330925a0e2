package haze.nn;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.optim.Ema;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Optimizer;
import haze.tensor.BufferPool;
import haze.tensor.Workers;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A training step of a batch that is cut into shards.
///
/// ```
/// g = sum over shards s of dL_s / dw          [#differentiate]: L_s is the loss of shard s
/// w = optimizer(w, scale g)                   [#update]
/// average = average - (1 - decay) (average - w)
/// ```
///
/// A thread runs forward and backward of one shard, with a tape and a gradient of its own; the
/// gradients are then summed in the order of the shards, and the weights are updated in chunks. So
/// the weights are the same bits for any number of threads. They do depend on the number of shards,
/// which is a choice of the training, not of the machine.
///
/// A large batch takes no more memory than a small one: of gradients, those of the shards that are
/// computed at the same time are there, and the sum, to which they are added before the next ones
/// are computed (gradient accumulation).
///
/// {@snippet file="haze/nn/ShardedStepTest.java" region="training"}
public final class ShardedStep {
  /// The first takes over a second for a U-Net, the fourth a tenth of one; the first step is then
  /// four times as fast as without.
  private static final int WARM_UP_ROUNDS = 4;

  private final ParameterVector parameters;
  private final Optimizer optimizer;
  private final List<Ema> averages;
  private final Workers workers;
  private final int shards;
  private final int atOnce;

  /// Made by the first step.
  private @Nullable ShardGradients gradients;

  /// Sums of squares of the gradient's chunks.
  private final double[] squares;

  /// The loss of a batch by its shards.
  @FunctionalInterface
  public interface Loss {
    /// {@return a scalar on the tape; the loss of the batch is the sum over its shards}
    ///
    /// Several threads may call it at the same time, for different shards.
    ///
    /// @param tape records, and watches the parameters; closed when the call has returned and
    ///   backward has run
    /// @param shard number of the shard, from 0
    Variable ofShard(Tape tape, int shard);
  }

  /// A step without a moving average.
  ///
  /// @param optimizer made for the number of parameters
  /// @param shards number of shards of a batch, at least 1
  /// @param workers the threads, which the caller closes
  public ShardedStep(ParameterVector parameters, Optimizer optimizer, int shards, Workers workers) {
    this(parameters, optimizer, List.of(), shards, shards, workers);
  }

  /// A step that moving averages of the weights follow.
  ///
  /// @param optimizer made for the number of parameters
  /// @param averages made for these parameters
  /// @param shards number of shards of a batch, at least 1
  /// @param atOnce number of shards that are computed at the same time, at least 1; more than there
  ///   are threads count as all
  /// @param workers the threads, which the caller closes
  public ShardedStep(
      ParameterVector parameters,
      Optimizer optimizer,
      List<Ema> averages,
      int shards,
      int atOnce,
      Workers workers) {
    if (shards < 1 || atOnce < 1) {
      throw new IllegalArgumentException(
          "sharded step: "
              + shards
              + " shards, "
              + atOnce
              + " at once, expected at least 1 of both");
    }
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.averages = List.copyOf(averages);
    this.workers = workers;
    this.shards = shards;
    this.atOnce = atOnce;
    squares = new double[GradientClip.chunks(parameters.size())];
  }

  /// Computes the gradient of a batch's loss. The weights stay.
  ///
  /// @return the gradient's Euclidean norm. If it is not finite, [#update] must not follow, or the
  ///   weights are lost
  public double differentiate(Loss loss) {
    ShardGradients sums = gradients();
    sums.begin();
    workers.run(shards, (shard, worker) -> differentiate(loss, shard, sums, workers.pool(worker)));
    byChunks(
        (chunk, from, to) -> {
          sums.add(from, to);
          GradientClip.sumSquares(sums.total(), squares, chunk, chunk + 1);
        });
    return GradientClip.norm(squares);
  }

  /// {@return the number of gradients, as large as all parameters, that are in memory}
  ///
  /// @param shards of a batch
  /// @param atOnce shards that are computed at the same time
  public static long gradients(int shards, int atOnce) {
    return ShardGradients.arrays(shards, atOnce);
  }

  private ShardGradients gradients() {
    if (gradients == null) {
      gradients =
          new ShardGradients(shards, Math.min(atOnce, workers.threads()), parameters.size());
    }
    return gradients;
  }

  private void differentiate(Loss loss, int shard, ShardGradients sums, BufferPool pool) {
    float[] gradient = sums.take(shard);
    if (gradient == null) {
      return;
    }
    float[] result = null;
    try {
      differentiate(loss, shard, gradient, pool);
      result = gradient;
    } finally {
      sums.finish(shard, result);
    }
  }

  private void differentiate(Loss loss, int shard, float[] gradient, BufferPool pool) {
    try (Tape tape = Tape.recording(pool)) {
      parameters.watch(tape, gradient);
      tape.backward(loss.ofShard(tape, shard));
    }
  }

  /// Moves the weights by the gradient of the last [#differentiate], then the averages.
  ///
  /// @param step number of this step, from 1
  /// @param learningRate of this step, at least 0
  /// @param gradientScale factor of the gradient, see [GradientClip#scale]; 1: not clipped
  public void update(long step, double learningRate, float gradientScale) {
    float[] values = parameters.values();
    float[] gradient = gradients().total();
    optimizer.updateMatrices(values, gradient, gradientScale, learningRate, step, workers);
    byChunks(
        (_, from, to) -> {
          optimizer.update(values, gradient, gradientScale, learningRate, step, from, to);
          for (Ema average : averages) {
            average.update(values, step, from, to);
          }
        });
  }

  /// Runs forward and backward of a small loss, as shard 0 and on the calling thread, until the JVM
  /// has compiled most loops; nothing but the time of the steps that follow depends on it.
  ///
  /// Until then vectors are objects, and a first step on a whole batch takes seconds, since every
  /// loop passes over all its images before it is compiled. One thread does it; the other cores
  /// compile.
  ///
  /// @param loss for instance of a single image; its gradient is not used
  /// @param stop whether to end before that, asked between passes
  /// @return the memory of a pass, in bytes
  public long warmUp(Loss loss, BooleanSupplier stop) {
    BufferPool pool = new BufferPool();
    for (int round = 0; round < WARM_UP_ROUNDS && !stop.getAsBoolean(); round++) {
      gradients().begin();
      differentiate(loss, 0, gradients(), pool);
    }
    return pool.bytes();
  }

  private interface Chunk {
    void run(int chunk, int from, int to);
  }

  private void byChunks(Chunk task) {
    int size = parameters.size();
    workers.run(
        squares.length,
        (chunk, _) -> {
          int from = chunk * GradientClip.CHUNK;
          task.run(chunk, from, from + Math.min(GradientClip.CHUNK, size - from));
        });
  }
}
