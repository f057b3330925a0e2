package haze.nn;

import haze.nn.optim.Ema;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Optimizer;
import haze.tensor.BufferPool;
import haze.tensor.Workers;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A training step on the threads of this machine.
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
public final class ShardedStep implements BatchStep {
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
    this(new Parts(parameters, optimizer, averages, List.of(), shards, atOnce, workers));
  }

  /// A step on the threads of this machine.
  public ShardedStep(Parts parts) {
    parameters = parts.parameters();
    optimizer = parts.optimizer();
    averages = parts.averages();
    workers = parts.workers();
    shards = parts.shards();
    atOnce = parts.atOnce();
    squares = new double[GradientClip.chunks(parameters.size())];
  }

  @Override
  public double differentiate(long step, Loss loss, float[] losses, int perShard) {
    return differentiate(loss);
  }

  /// Computes the gradient of a batch's loss, see [BatchStep#differentiate]. The weights stay.
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
      loss.differentiate(parameters, shard, gradient, pool);
      result = gradient;
    } finally {
      sums.finish(shard, result);
    }
  }

  @Override
  public void update(long step, double learningRate, float gradientScale) {
    float[] values = parameters.values();
    float[] gradient = gradients().total();
    optimizer.updateMatrices(
        values, gradient, gradientScale, learningRate, step, 0, values.length, workers);
    byChunks(
        (_, from, to) -> {
          optimizer.update(values, gradient, gradientScale, learningRate, step, from, to);
          for (Ema average : averages) {
            average.update(values, step, from, to);
          }
        });
  }

  @Override
  public long warmUp(Loss loss, BooleanSupplier stop) {
    gradients().begin();
    return loss.warmUp(parameters, Objects.requireNonNull(gradients().take(0)), stop);
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
