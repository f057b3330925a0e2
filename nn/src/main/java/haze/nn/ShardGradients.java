package haze.nn;

import java.util.Arrays;

/// The gradients of a batch's shards, and their sum in the order of the shards: which thread
/// computed a shard does not show in a bit of it.
final class ShardGradients {
  /// One gradient a shard, laid out as the parameters; the first receives the sum.
  private final float[][] gradients;

  ShardGradients(int shards, int size) {
    gradients = new float[shards][size];
  }

  int shards() {
    return gradients.length;
  }

  /// {@return a shard's gradient itself, filled with zeros, to be added to}
  float[] cleared(int shard) {
    Arrays.fill(gradients[shard], 0);
    return gradients[shard];
  }

  /// Sums up the parameters `from <= i < to`, once a step. Threads may sum different ranges at the
  /// same time.
  void sum(int from, int to) {
    for (int shard = 1; shard < gradients.length; shard++) {
      add(gradients[0], gradients[shard], from, to);
    }
  }

  /// {@return the array of the sums itself: a sum where [#sum] has been}
  float[] total() {
    return gradients[0];
  }

  private static void add(float[] sum, float[] part, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] += part[i];
    }
  }
}
