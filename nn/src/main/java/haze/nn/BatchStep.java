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

/// A training step of a batch that is cut into shards: on the threads of this machine,
/// [ShardedStep], or on several machines.
///
/// ```
/// g = sum over shards s of dL_s / dw          [#differentiate]: L_s is the loss of shard s
/// w = optimizer(w, scale g)                   [#update]
/// average = average - (1 - decay) (average - w)
/// ```
///
/// Gradients are added in the order of the shards, and so the weights are the same bits wherever
/// the shards are computed.
public interface BatchStep {
  /// The loss of a batch by its shards.
  @FunctionalInterface
  interface Loss {
    /// The first round takes over a second for a U-Net, the fourth a tenth of one; the first step
    /// is then four times as fast as without.
    int WARM_UP_ROUNDS = 4;

    /// {@return a scalar on the tape; the loss of the batch is the sum over its shards}
    ///
    /// Several threads may call it at the same time, for different shards.
    ///
    /// @param tape records, and watches the parameters; closed when the call has returned and
    ///   backward has run
    /// @param shard number of the shard, from 0
    Variable ofShard(Tape tape, int shard);

    /// Runs forward and backward of a shard.
    ///
    /// @param parameters of the network
    /// @param gradient laid out as the parameters; that of the shard is added to it
    /// @param pool memory for what lies between
    default void differentiate(
        ParameterVector parameters, int shard, float[] gradient, BufferPool pool) {
      try (Tape tape = Tape.recording(pool)) {
        parameters.watch(tape, gradient);
        tape.backward(ofShard(tape, shard));
      }
    }

    /// Runs forward and backward of shard 0 on the calling thread until the JVM has compiled most
    /// loops; nothing but the time of the steps that follow depends on it.
    ///
    /// Until then vectors are objects, and a first step on a whole batch takes seconds, since every
    /// loop passes over all its images before it is compiled. One thread does it; the other cores
    /// compile.
    ///
    /// @param parameters of the network
    /// @param gradient laid out as the parameters; overwritten
    /// @param stop whether to end before that, asked between passes
    /// @return the memory of a pass, in bytes
    default long warmUp(ParameterVector parameters, float[] gradient, BooleanSupplier stop) {
      BufferPool pool = new BufferPool();
      for (int round = 0; round < WARM_UP_ROUNDS && !stop.getAsBoolean(); round++) {
        differentiate(parameters, 0, gradient, pool);
      }
      return pool.bytes();
    }
  }

  /// What a step works on.
  ///
  /// @param parameters the weights
  /// @param optimizer the rule that moves them, made for their number
  /// @param averages moving averages of the weights, made for their number
  /// @param others arrays of the caller, which change from step to step as a function of the losses
  ///   of single images
  /// @param shards number of shards of a batch, at least 1
  /// @param atOnce number of shards that are computed at the same time, at least 1; more than there
  ///   are threads count as all
  /// @param workers the threads, which the caller closes
  record Parts(
      ParameterVector parameters,
      Optimizer optimizer,
      List<Ema> averages,
      List<float[]> others,
      int shards,
      int atOnce,
      Workers workers) {
    /// @throws IllegalArgumentException if there are no shards
    public Parts {
      if (shards < 1 || atOnce < 1) {
        throw new IllegalArgumentException(
            "sharded step: "
                + shards
                + " shards, "
                + atOnce
                + " at once, expected at least 1 of both");
      }
      averages = List.copyOf(averages);
      others = List.copyOf(others);
    }
  }

  /// Makes a step when it is known what it works on. `ShardedStep::new` is one.
  @FunctionalInterface
  interface Factory {
    /// {@return a new step}
    BatchStep create(Parts parts);
  }

  /// Computes the gradient of a batch's loss. The weights stay.
  ///
  /// @param step number of this step, from 1
  /// @param losses of the images of the batch, in their order; a loss that is computed here writes
  ///   those of its shard there. Afterwards all are there, whoever computed them
  /// @param perShard images of a shard; of the last one maybe fewer
  /// @return the gradient's Euclidean norm. If it is not finite, [#update] must not follow, or the
  ///   weights are lost
  double differentiate(long step, Loss loss, float[] losses, int perShard);

  /// Moves the weights by the gradient of the last [#differentiate], then the averages.
  ///
  /// @param step number of this step, from 1
  /// @param learningRate of this step, at least 0
  /// @param gradientScale factor of the gradient, see [GradientClip#scale]; 1: not clipped
  void update(long step, double learningRate, float gradientScale);

  /// Prepares for the first step, see [Loss#warmUp].
  ///
  /// @param loss for instance of a single image; its gradient is not used
  /// @param stop whether to end before that, asked between passes
  /// @return the memory of a pass, in bytes
  long warmUp(Loss loss, BooleanSupplier stop);

  /// Brings weights, averages and the optimizer's state up to date here, if others compute them.
  default void collect() {}
}
