package haze.diffusion.spark;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.training.RunConfiguration;
import haze.diffusion.training.StepEngine;
import haze.nn.BatchStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Tasks that are threads of this process, without Spark. One can be lost.
final class ThreadEngine implements StepEngine {
  private final int tasks;
  private final IntPredicate loses;
  private final List<String> warnings = new ArrayList<>();
  private int steps;
  private @Nullable RemoteStep step;

  /// @param loses whether the last task is lost at a step, counted over all teams, from 1
  ThreadEngine(int tasks, IntPredicate loses) {
    this.tasks = tasks;
    this.loses = loses;
  }

  List<String> warnings() {
    return warnings;
  }

  @Override
  public BatchStep.Factory steps(Path run, Optional<ImageDataset> images) {
    return parts -> {
      step = new RemoteStep(parts, (state, _, _) -> gather(state, run, images), warnings::add);
      return step;
    };
  }

  private Team gather(TaskState state, Path run, Optional<ImageDataset> images) throws IOException {
    Token token = Token.random();
    InetAddress here = InetAddress.getLoopbackAddress();
    try (Reception reception = new Reception(new InetSocketAddress(here, 0), token)) {
      TaskPlan plan =
          new TaskPlan(
              here.getHostAddress(), reception.port(), token, tasks, 1, RunConfiguration.of(run));
      for (int task = 0; task < tasks; task++) {
        int own = task;
        Thread.ofPlatform().daemon().start(() -> member(plan, own, images));
      }
      return Team.gather(reception, tasks, state, Optional::empty, _ -> {});
    }
  }

  private void member(TaskPlan plan, int own, Optional<ImageDataset> images) {
    try {
      Member.run(plan, own, () -> images, _ -> stepped(own));
    } catch (IOException e) {
      // The driver notices.
    }
  }

  private void stepped(int own) {
    if (own == tasks - 1) {
      steps++;
      if (loses.test(steps)) {
        throw new UncheckedIOException(new LostException("as if its machine were gone"));
      }
    }
  }

  @Override
  public void close() {
    if (step != null) {
      step.close();
    }
  }
}
