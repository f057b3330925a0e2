package haze.nn.optim;

import java.util.Arrays;

/// The gradients of a batch's shards, and their sum in the order of the shards: which thread
/// computed a shard does not show in a bit of it.
public final class ShardGradients {
  /// One gradient a shard, laid out as the parameters; the first receives the sum.
  private final float[][] gradients;

  /// Room for gradients.
  ///
  /// @param shards how many shards there are, at least 1
  /// @param size the number of parameters
  public ShardGradients(int shards, int size) {
    gradients = new float[shards][size];
  }

  /// A shard's gradient, to be added to.
  ///
  /// @param shard which one, from 0
  /// @return the array itself, of zeros
  public float[] cleared(int shard) {
    Arrays.fill(gradients[shard], 0);
    return gradients[shard];
  }

  /// Sums up some of the parameters, once a step. Threads may sum different ones at the same time.
  ///
  /// @param from the first parameter
  /// @param to the one behind the last
  public void sum(int from, int to) {
    for (int shard = 1; shard < gradients.length; shard++) {
      add(gradients[0], gradients[shard], from, to);
    }
  }

  /// Where the sums are.
  ///
  /// @return the array itself, laid out as the parameters; a sum where [#sum] has been
  public float[] total() {
    return gradients[0];
  }

  private static void add(float[] sum, float[] part, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] += part[i];
    }
  }
}
