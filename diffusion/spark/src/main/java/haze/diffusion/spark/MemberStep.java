package haze.diffusion.spark;

import haze.nn.BatchStep;
import haze.nn.ParameterVector;
import haze.nn.optim.Ema;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Optimizer;
import haze.tensor.Workers;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A task's part of a training step, of `n` tasks:
///
/// 1. forward and backward of the task's shards, `shards task / n` and on;
/// 2. each shard's gradient goes to the tasks by their [Slices], and each task adds those of its
///    slice in the order of the shards;
/// 3. the tasks exchange the sums of squares, and so all know the gradient's norm;
/// 4. each task updates its slice, of the weights, of their averages and of the optimizer's state;
/// 5. the new weights go to all.
///
/// Each number is computed as [haze.nn.ShardedStep] computes it, from the same numbers in the same
/// order, and so has the same bits.
final class MemberStep implements BatchStep {
  private final ParameterVector parameters;
  private final Optimizer optimizer;
  private final List<Ema> averages;
  private final Workers workers;
  private final int shards;
  private final int own;
  private final Peers peers;
  private final Slices slices;

  /// Of the shards that are computed here, each laid out as the parameters.
  private final float[][] gradients;

  /// The sum; right where this task needs it.
  private final float[] total;

  /// Sums of squares of the gradient's chunks.
  private final double[] squares;

  private final Result result;

  /// By own shard, in a step.
  private final boolean[] finished;

  private int sent;

  /// Is told of a step before the weights move.
  interface Result {
    void gradient(double norm, float[] losses) throws LostException;
  }

  /// @param own number of this task
  /// @throws IllegalArgumentException if there are fewer shards than tasks
  MemberStep(Parts parts, int own, Peers peers, Result result) {
    parameters = parts.parameters();
    optimizer = parts.optimizer();
    averages = parts.averages();
    workers = parts.workers();
    shards = parts.shards();
    this.own = own;
    this.peers = peers;
    this.result = result;
    slices = Slices.of(parameters, peers.tasks());
    gradients = new float[first(own + 1) - first(own)][parameters.size()];
    total = new float[parameters.size()];
    squares = new double[GradientClip.chunks(parameters.size())];
    finished = new boolean[gradients.length];
  }

  /// The first shard of a task.
  private int first(int task) {
    return Math.toIntExact((long) shards * task / peers.tasks());
  }

  @Override
  public double differentiate(long step, Loss loss, float[] losses, int perShard) {
    try {
      peers.join();
      Arrays.fill(finished, false);
      sent = 0;
      workers.run(
          gradients.length,
          (i, worker) -> {
            Arrays.fill(gradients[i], 0);
            loss.differentiate(parameters, first(own) + i, gradients[i], workers.pool(worker));
            finish(i, losses, perShard);
          });
      receiveGradients(losses, perShard);
      addSquares();
      double norm = GradientClip.norm(squares);
      result.gradient(norm, losses);
      return norm;
    } catch (LostException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /// Sends what is finished, in the order of the shards.
  private synchronized void finish(int i, float[] losses, int perShard) {
    finished[i] = true;
    while (sent < finished.length && finished[sent]) {
      float[] gradient = gradients[sent];
      int shard = first(own) + sent;
      for (int task = 0; task < peers.tasks(); task++) {
        int to = task;
        if (to != own) {
          peers.send(
              to,
              connection ->
                  connection
                      .write(gradient, slices.from(to), slices.pastGradient(to))
                      .write(losses, shard * perShard, past(shard, losses, perShard)));
        }
      }
      sent++;
    }
  }

  /// The image behind the last one of a shard.
  private static int past(int shard, float[] losses, int perShard) {
    return Math.min(losses.length, (shard + 1) * perShard);
  }

  private void receiveGradients(float[] losses, int perShard) throws LostException {
    int from = slices.from(own);
    int past = slices.pastGradient(own);
    for (int task = 0; task < peers.tasks(); task++) {
      for (int shard = first(task); shard < first(task + 1); shard++) {
        if (task == own) {
          add(gradients[shard - first(own)], from, past, shard == 0);
        } else {
          Connection peer = peers.from(task);
          if (shard == 0) {
            peer.read(total, from, past);
          } else {
            peer.add(total, from, past);
          }
          peer.read(losses, shard * perShard, past(shard, losses, perShard));
        }
      }
    }
  }

  private void add(float[] gradient, int from, int past, boolean first) {
    if (first) {
      System.arraycopy(gradient, from, total, from, past - from);
    } else {
      for (int i = from; i < past; i++) {
        total[i] += gradient[i];
      }
    }
  }

  private void addSquares() throws LostException {
    int chunk = slices.fromChunk(own);
    workers.run(
        slices.toChunk(own) - chunk,
        (i, _) -> GradientClip.sumSquares(total, squares, chunk + i, chunk + i + 1));
    peers.sendToAll(
        connection -> {
          for (int i = chunk; i < slices.toChunk(own); i++) {
            connection.write(squares[i]);
          }
        });
    for (int task = 0; task < peers.tasks(); task++) {
      for (int i = slices.fromChunk(task); task != own && i < slices.toChunk(task); i++) {
        squares[i] = peers.from(task).readDouble();
      }
    }
  }

  @Override
  public void update(long step, double learningRate, float gradientScale) {
    try {
      float[] values = parameters.values();
      int from = slices.from(own);
      int to = slices.to(own);
      optimizer.updateMatrices(values, total, gradientScale, learningRate, step, from, to, workers);
      byChunks(
          (start, end) ->
              optimizer.update(values, total, gradientScale, learningRate, step, start, end));
      peers.sendToAll(connection -> connection.write(values, from, to));
      byChunks((start, end) -> averages.forEach(one -> one.update(values, step, start, end)));
      for (int task = 0; task < peers.tasks(); task++) {
        if (task != own) {
          peers.from(task).read(values, slices.from(task), slices.to(task));
        }
      }
      peers.join();
    } catch (LostException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private interface Chunk {
    void run(int from, int to);
  }

  /// Of this task's slice.
  private void byChunks(Chunk task) {
    int from = slices.from(own);
    int to = slices.to(own);
    workers.run(
        Math.ceilDiv(to - from, GradientClip.CHUNK),
        (i, _) -> {
          int start = from + i * GradientClip.CHUNK;
          task.run(start, Math.min(start + GradientClip.CHUNK, to));
        });
  }

  @Override
  public long warmUp(Loss loss, BooleanSupplier stop) {
    return loss.warmUp(parameters, gradients[0], stop);
  }

  /// {@return which parameters the tasks update}
  Slices slices() {
    return slices;
  }
}
