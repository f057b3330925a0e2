package haze.nn;

import java.util.Arrays;

/// The gradients of a batch's shards, a group of shards at a time, and their sum in the order of
/// the shards: neither which thread computed a shard nor how many are in a group shows in a bit of
/// it.
final class ShardGradients {
  private final int shards;
  private final int atOnce;

  /// The sum, which is the gradient of the first shard at first; then, laid out as the parameters
  /// too, those of a group's shards.
  private final float[][] gradients;

  /// @param atOnce shards of a group, at least 1
  /// @param size number of parameters
  ShardGradients(int shards, int atOnce, int size) {
    this.shards = shards;
    this.atOnce = Math.min(atOnce, shards);
    gradients = new float[this.atOnce == shards ? shards : this.atOnce + 1][size];
  }

  /// {@return the number of groups}
  int groups() {
    return Math.ceilDiv(shards, atOnce);
  }

  /// {@return the first shard of a group}
  int first(int group) {
    return group * atOnce;
  }

  /// {@return the number of a group's shards}
  int count(int group) {
    return Math.min(atOnce, shards - first(group));
  }

  /// {@return the gradient itself of a group's i-th shard, filled with zeros, to be added to}
  float[] cleared(int group, int i) {
    float[] gradient = gradients[place(group, i)];
    Arrays.fill(gradient, 0);
    return gradient;
  }

  private static int place(int group, int i) {
    return group == 0 ? i : i + 1;
  }

  /// Adds a group's gradients of the parameters `from <= i < to` to the sum, once a step and after
  /// those of the group before. Threads may sum different ranges at the same time.
  void sum(int group, int from, int to) {
    for (int i = group == 0 ? 1 : 0; i < count(group); i++) {
      add(gradients[0], gradients[place(group, i)], from, to);
    }
  }

  /// {@return the array of the sums itself: a sum where [#sum] has been with all groups}
  float[] total() {
    return gradients[0];
  }

  private static void add(float[] sum, float[] part, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] += part[i];
    }
  }
}
