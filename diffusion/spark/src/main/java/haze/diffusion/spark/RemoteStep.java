package haze.diffusion.spark;

import haze.nn.BatchStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A training step that the tasks of a [Team] compute.
///
/// A task may be lost. Then a new team gets the state of the last step that was collected here, and
/// makes the steps since then again, which gives the same bits; whoever called notices nothing but
/// the time.
final class RemoteStep implements BatchStep, AutoCloseable {
  /// Teams that may be lost before a step is collected: as many attempts as Spark gives a stage.
  private static final int ATTEMPTS = 4;

  private final TaskState state;
  private final Teams teams;
  private final Consumer<String> warnings;
  private @Nullable Team team;

  /// The last step.
  private int last;

  /// Of a batch.
  private int images;

  /// The step whose state is here; -1 before there is one.
  private int collected = -1;

  private List<float[]> others = List.of();
  private int lost;
  private @Nullable IOException failure;

  /// That of the run.
  private BooleanSupplier stop = () -> false;

  /// Brings tasks to work.
  interface Teams {
    /// {@return a new team, whose tasks are ready}
    ///
    /// @param state what it works on
    /// @param step that it goes on from, for messages
    /// @param stop whether to give up
    Team gather(TaskState state, int step, BooleanSupplier stop) throws IOException;
  }

  /// What is to be done with a team.
  private interface Work<T> {
    T with(Team team) throws IOException;
  }

  /// @param warnings are told of lost tasks
  RemoteStep(Parts parts, Teams teams, Consumer<String> warnings) {
    this.teams = teams;
    this.warnings = warnings;
    state = new TaskState(parts);
  }

  @Override
  public long warmUp(Loss loss, BooleanSupplier whetherToStop) {
    stop = whetherToStop;
    return work(Team::warmUp);
  }

  @Override
  public double differentiate(long step, Loss loss, float[] losses, int perShard) {
    if (collected < 0) {
      keep(Math.toIntExact(step) - 1);
      if (team != null) {
        work(
            ready -> {
              ready.load(collected, others);
              return 0;
            });
      }
    }
    images = losses.length;
    double norm = work(ready -> ready.step(losses));
    last = Math.toIntExact(step);
    return norm;
  }

  /// The tasks do it.
  @Override
  public void update(long step, double learningRate, float gradientScale) {}

  @Override
  public void collect() {
    if (collected >= 0 && collected < last) {
      work(
          ready -> {
            ready.collect();
            return 0;
          });
      keep(last);
      lost = 0;
    }
  }

  private void keep(int step) {
    collected = step;
    last = step;
    others = state.copyOfOthers();
  }

  /// Does something with a team, and again with another one if a task is lost.
  private <T> T work(Work<T> work) {
    while (true) {
      if (failure != null) {
        throw new UncheckedIOException(failure.getMessage(), failure);
      }
      try {
        return work.with(ready());
      } catch (LostException e) {
        Optional<TaskFailedException> reason = team == null ? Optional.empty() : team.reason();
        close();
        lost++;
        if (reason.isPresent()) {
          failure = reason.get();
        } else if (lost >= ATTEMPTS) {
          failure = new IOException("tasks were lost " + lost + " times: " + e.getMessage(), e);
        } else {
          warnings.accept(
              "a task was lost after step "
                  + last
                  + (collected < 0 ? "" : "; the steps since " + collected + " are made again")
                  + ": "
                  + e.getMessage());
        }
      } catch (IOException e) {
        close();
        failure = e;
      }
    }
  }

  /// The team, after the last step.
  private Team ready() throws IOException {
    if (team == null) {
      if (stop.getAsBoolean()) {
        throw new IOException("stopped while it had no tasks");
      }
      Team fresh = teams.gather(state, Math.max(0, collected), stop);
      team = fresh;
      if (collected >= 0) {
        fresh.load(collected, others);
        for (int step = collected + 1; step <= last; step++) {
          if (stop.getAsBoolean()) {
            throw new IOException("stopped while steps were made again");
          }
          fresh.step(new float[images]);
        }
      }
    }
    return team;
  }

  @Override
  public void close() {
    if (team != null) {
      team.close();
      team = null;
    }
  }
}
