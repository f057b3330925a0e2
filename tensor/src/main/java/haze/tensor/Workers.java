package haze.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share numbered tasks, once a step.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="workers"}
///
/// The calling thread works too. A waiting worker spins for a moment before it sleeps, so a fork
/// and join costs well under a microsecond while steps follow each other. Which thread runs which
/// task is not defined: tasks that write to places of their own give the same result for any number
/// of threads.
///
/// Used by one caller at a time.
public final class Workers implements AutoCloseable {
  /// Looks at the current round before a waiting worker sleeps: some tens of microseconds.
  private static final int SPINS = 20_000;

  /// One numbered task of [#run].
  @FunctionalInterface
  public interface Task {
    /// Runs a task.
    ///
    /// @param task from 0 to `tasks - 1`
    /// @param worker the thread that runs it, from 0 to `threads() - 1`; a worker runs one task at
    ///   a time
    void run(int task, int worker);
  }

  /// The tasks of one call of [#run].
  private static final class Round {
    final Task task;
    final int tasks;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger finished = new AtomicInteger();
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    final Thread caller = Thread.currentThread();

    Round(Task task, int tasks) {
      this.task = task;
      this.tasks = tasks;
    }

    void work(int worker) {
      int i;
      while ((i = next.getAndIncrement()) < tasks) {
        try {
          if (failure.get() == null) {
            task.run(i, worker);
          }
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        if (finished.incrementAndGet() == tasks) {
          LockSupport.unpark(caller);
        }
      }
    }

    boolean isDone() {
      return finished.get() == tasks;
    }
  }

  private final List<Thread> threads = new ArrayList<>();
  private final List<BufferPool> pools;
  private final BufferPool shared = new BufferPool();
  private volatile @Nullable Round current;
  private volatile boolean closed;

  /// @param count number of threads, the caller's included
  /// @throws IllegalArgumentException if it is not positive
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("workers: " + count + " threads, expected at least 1");
    }
    pools = Stream.generate(BufferPool::new).limit(count).toList();
    for (int i = 1; i < count; i++) {
      int worker = i;
      threads.add(
          Thread.ofPlatform().daemon().name("haze-worker-" + worker).start(() -> serve(worker)));
    }
  }

  /// {@return the number of threads, the caller's included}
  public int threads() {
    return threads.size() + 1;
  }

  /// {@return the memory of a worker: for the task that it runs, and used again by all that it runs
  /// later}
  ///
  /// @param worker as [Task#run] is called with
  public BufferPool pool(int worker) {
    return pools.get(worker);
  }

  /// {@return memory of the caller, for what all workers read, as [KeptFilters]}
  public BufferPool sharedPool() {
    return shared;
  }

  /// Runs tasks 0 to `tasks - 1` and returns when all are done. If one fails, those that have not
  /// begun are skipped.
  ///
  /// @throws RuntimeException what the first failed task threw
  public void run(int tasks, Task task) {
    if (tasks <= 0) {
      return;
    }
    Round round = new Round(task, tasks);
    current = round;
    threads.forEach(LockSupport::unpark);
    round.work(0);
    await(round::isDone);
    current = null;
    switch (round.failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void serve(int worker) {
    @Nullable Round done = null;
    while (!closed) {
      Round last = done;
      await(() -> closed || (current != null && current != last));
      Round round = current;
      if (round != null && round != last) {
        round.work(worker);
        done = round;
      }
    }
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(LockSupport::unpark);
  }
}
