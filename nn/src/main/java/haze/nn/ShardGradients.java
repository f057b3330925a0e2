package haze.nn;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The gradients of a batch's shards, of which a few are in memory at a time, and their sum in the
/// order of the shards: neither which thread computed a shard nor when shows in a bit of it.
///
/// ```
/// take(0) finish(0) \
/// take(1) finish(1)  > add(from, to) for all ranges, total()
/// ...               /
/// ```
///
/// A shard that finds no free array waits for those before it and adds the next one to the sum.
/// Threads take shards at the same time; arrays are handed out in the order of the shards, so that
/// the shard that the sum needs next always has one.
final class ShardGradients {
  private final int shards;
  private final int atOnce;

  /// Laid out as the parameters.
  private final float[][] arrays;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<float[]> free = new ArrayDeque<>();

  /// By shard: what is complete and not in the sum.
  private final Map<Integer, float[]> complete = new HashMap<>();

  /// The sum, which is the gradient of the first shard at first.
  private float @Nullable [] total;

  private int taken;
  private int running;
  private int summed;
  private boolean failed;

  /// @param shards at least 1
  /// @param atOnce how many are computed at the same time, at least 1
  /// @param size number of parameters
  ShardGradients(int shards, int atOnce, int size) {
    this.shards = shards;
    this.atOnce = atOnce;
    arrays = new float[arrays(shards, atOnce)][size];
    begin();
  }

  /// {@return the number of arrays: of the shards that are computed, and of the sum}
  static int arrays(int shards, int atOnce) {
    return Math.min(shards, atOnce + 1);
  }

  /// Begins a step.
  void begin() {
    free.clear();
    free.addAll(Arrays.asList(arrays));
    complete.clear();
    total = null;
    taken = 0;
    running = 0;
    summed = 0;
    failed = false;
  }

  /// Waits until a shard can be computed.
  ///
  /// @return its gradient itself, filled with zeros, to be added to; null if a shard has failed
  float @Nullable [] take(int shard) {
    float[] gradient;
    lock.lock();
    try {
      while (!failed && !mayBegin(shard)) {
        changed.awaitUninterruptibly();
      }
      if (failed) {
        return null;
      }
      if (free.isEmpty()) {
        float[] part = complete(summed);
        add(total(), part, 0, part.length);
        complete.remove(summed++);
        free.add(part);
      }
      gradient = free.remove();
      taken++;
      running++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    Arrays.fill(gradient, 0);
    return gradient;
  }

  private boolean mayBegin(int shard) {
    return shard == taken && running < atOnce && (!free.isEmpty() || complete.containsKey(summed));
  }

  /// Ends a shard.
  ///
  /// @param gradient its gradient; null if it has failed, and so has the step
  void finish(int shard, float @Nullable [] gradient) {
    lock.lock();
    try {
      running--;
      failed |= gradient == null;
      if (shard == 0) {
        total = gradient;
        summed = 1;
      } else if (gradient != null) {
        complete.put(shard, gradient);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Adds to the sum what is not in it yet, of the parameters `from <= i < to`; once a step, when
  /// all shards are finished. Threads may add different ranges at the same time.
  void add(int from, int to) {
    for (int shard = summed; shard < shards; shard++) {
      add(total(), complete(shard), from, to);
    }
  }

  /// {@return the array of the sums itself: a sum where [#add] has been}
  float[] total() {
    return Objects.requireNonNull(total, "no shard is finished");
  }

  private float[] complete(int shard) {
    return Objects.requireNonNull(complete.get(shard), "a shard is not finished");
  }

  private static void add(float[] sum, float[] part, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] += part[i];
    }
  }
}
