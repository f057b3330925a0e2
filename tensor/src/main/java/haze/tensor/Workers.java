package haze.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share out numbered tasks, once a step.
///
/// The calling thread works too. A worker that waits spins for a moment before it sleeps, so a fork
/// and join costs well under a microsecond while steps follow each other. Which thread takes which
/// task is open; a program whose tasks write to places of their own gives the same result for any
/// number of threads.
///
/// Used by one caller at a time.
public final class Workers implements AutoCloseable {
  /// Looks at the current round before a waiting worker sleeps: some tens of microseconds.
  private static final int SPINS = 20_000;

  /// One task.
  @FunctionalInterface
  public interface Task {
    /// Does it.
    ///
    /// @param task number of the task, from 0
    /// @param worker number of the thread that runs it, from 0; no two tasks run on one worker at a
    ///   time
    void run(int task, int worker);
  }

  /// Tasks to be done together.
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
  private volatile @Nullable Round current;
  private volatile boolean closed;

  /// Starts the threads.
  ///
  /// @param count how many threads work, the caller's included
  /// @throws IllegalArgumentException if it is not positive
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("workers: " + count + " threads, expected at least 1");
    }
    for (int i = 1; i < count; i++) {
      int worker = i;
      threads.add(
          Thread.ofPlatform().daemon().name("haze-worker-" + worker).start(() -> serve(worker)));
    }
  }

  /// How many threads work, the caller's included.
  ///
  /// @return at least 1
  public int threads() {
    return threads.size() + 1;
  }

  /// Runs tasks 0 to `tasks - 1` and returns when all are done.
  ///
  /// @param tasks how many
  /// @param task does one; if one fails the others that have not begun are skipped
  /// @throws RuntimeException what the first task that failed threw
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
