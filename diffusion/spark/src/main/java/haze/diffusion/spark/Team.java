package haze.diffusion.spark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tasks that are at work, as the driver sees them.
final class Team implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(200);

  /// For a task to say why it fails.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// By task.
  private final List<Connection> tasks;

  private final Slices slices;
  private final TaskState state;

  private Team(List<Connection> tasks, TaskState state) {
    this.tasks = tasks;
    slices = Slices.of(state.parameters(), tasks.size());
    this.state = state;
  }

  /// Waits until all tasks have called and are ready.
  ///
  /// @param failure why they will not, once that is known
  /// @throws LostException if one is lost, and others may do
  /// @throws IOException if one has failed
  static Team gather(
      Reception reception,
      int size,
      TaskState state,
      Supplier<Optional<String>> failure,
      Consumer<Runnable> whenEnded)
      throws IOException {
    @Nullable Connection[] called = new @Nullable Connection[size];
    String[] hosts = new String[size];
    int[] ports = new int[size];
    try {
      int missing = size;
      while (missing > 0) {
        Connection connection = reception.next(LOOK);
        Optional<String> failed = failure.get();
        if (failed.isPresent()) {
          throw new LostException(failed.get());
        }
        if (connection == null) {
          continue;
        }
        whenEnded.accept(connection::close);
        int task = connection.readInt();
        if (task < 0 || task >= size || called[task] != null) {
          connection.close();
          continue;
        }
        called[task] = connection;
        hosts[task] = connection.readText(Member.LONGEST_NAME);
        ports[task] = connection.readInt();
        missing--;
      }
      List<Connection> tasks = new ArrayList<>();
      for (Connection connection : called) {
        if (connection != null) {
          tasks.add(connection);
        }
      }
      for (Connection connection : tasks) {
        for (int task = 0; task < size; task++) {
          connection.write(hosts[task]).write(ports[task]);
        }
        connection.flush();
      }
      for (Connection connection : tasks) {
        Answer.require(connection);
      }
      return new Team(Collections.unmodifiableList(tasks), state);
    } catch (IOException e) {
      for (Connection connection : called) {
        if (connection != null) {
          connection.close();
        }
      }
      throw e;
    }
  }

  private void command(Command command) throws LostException {
    for (Connection task : tasks) {
      command.send(task);
      task.flush();
    }
  }

  /// Gives all tasks the state of a step.
  ///
  /// @param others values of what depends on the losses, see [TaskState#copyOfOthers]
  void load(int step, List<float[]> others) throws LostException {
    for (int task = 0; task < tasks.size(); task++) {
      Command.LOAD.send(tasks.get(task));
      tasks.get(task).write(step);
      state.send(tasks.get(task), slices, task, others);
    }
  }

  /// {@return the memory of one image's pass, in bytes}
  long warmUp() throws IOException {
    command(Command.WARM_UP);
    long bytes = 0;
    for (Connection task : tasks) {
      Answer.require(task);
      bytes = task.readLong();
    }
    return bytes;
  }

  /// Makes a step.
  ///
  /// @param losses receives those of all images
  /// @return the gradient's norm
  double step(float[] losses) throws IOException {
    command(Command.STEP);
    Answer.require(tasks.getFirst());
    double norm = tasks.getFirst().readDouble();
    tasks.getFirst().read(losses, 0, losses.length);
    return norm;
  }

  /// Takes over weights, averages and the optimizer's state.
  void collect() throws IOException {
    command(Command.COLLECT);
    for (Connection task : tasks) {
      Answer.require(task);
    }
    state.receiveSlices(tasks, slices);
  }

  /// {@return why a task has failed, if one says so; asked when a connection is lost, which may be
  /// for the reason that another task fails}
  Optional<TaskFailedException> reason() {
    for (Connection task : tasks) {
      AtomicReference<@Nullable TaskFailedException> failure = new AtomicReference<>();
      Thread reader = Thread.ofVirtual().start(() -> failure.set(failure(task)));
      try {
        if (!reader.join(PATIENCE)) {
          reader.interrupt();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
      @Nullable TaskFailedException found = failure.get();
      if (found != null) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /// Reads to the end of a connection whose task is about to end.
  private static @Nullable TaskFailedException failure(Connection task) {
    try {
      Answer.require(task);
      return null;
    } catch (TaskFailedException e) {
      return e;
    } catch (LostException e) {
      return null;
    }
  }

  /// Ends the tasks, if they are still there.
  @Override
  public void close() {
    for (Connection task : tasks) {
      try (task) {
        Command.END.send(task);
        task.flush();
      } catch (LostException e) {
        // It has ended.
      }
    }
  }
}
