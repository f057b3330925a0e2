package haze.diffusion.spark;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.training.Trainer;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A task: computes its part of each step, as the driver commands.
final class Member {
  /// Of a host name.
  static final int LONGEST_NAME = 1000;

  private final TaskPlan plan;
  private final int own;
  private final Progress progress;
  private @Nullable TaskState state;
  private @Nullable MemberStep step;
  private long sent;

  /// Is told what the task has done.
  interface Progress {
    /// Called after each step.
    ///
    /// @param bytes that were sent to other tasks since the step before
    void stepped(long bytes);
  }

  private Member(TaskPlan plan, int own, Progress progress) {
    this.plan = plan;
    this.own = own;
    this.progress = progress;
  }

  /// Works until the driver has no more steps.
  ///
  /// @param own number of the task
  /// @param images images in memory, if the run learns from such
  /// @throws IOException if it fails, or another process of the training is gone
  static void run(
      TaskPlan plan, int own, Supplier<Optional<ImageDataset>> images, Progress progress)
      throws IOException {
    InetSocketAddress driver = new InetSocketAddress(plan.host(), plan.port());
    try (Connection connection = Connection.open(driver, plan.token())) {
      Member member = new Member(plan, own, progress);
      try {
        member.run(connection, images);
      } catch (LostException e) {
        throw e;
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof LostException lost) {
          throw lost;
        }
        member.report(e, connection);
        throw e;
      } catch (IOException | RuntimeException | Error e) {
        member.report(e, connection);
        throw e;
      }
    }
  }

  /// Tells the driver why this task fails.
  private void report(Throwable failure, Connection connection) {
    boolean told = failure instanceof IOException || failure instanceof UncheckedIOException;
    String reason = told ? failure.getMessage() : failure.toString();
    try {
      String here = connection.localAddress().getAddress().getHostAddress();
      String text = "task " + own + " on " + here + ": " + reason;
      Answer.FAILED.send(connection);
      connection.write(text.substring(0, Math.min(Answer.LENGTH / 4, text.length()))).flush();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void run(Connection driver, Supplier<Optional<ImageDataset>> images) throws IOException {
    try (Peers peers = meet(driver);
        Workers workers = new Workers(plan.threads())) {
      Trainer trainer = trainer(images, peers, workers, driver);
      Answer.DONE.send(driver);
      driver.flush();
      obey(driver, trainer);
    }
  }

  /// Tells the driver where this task listens, and hears where the others do. When all have called,
  /// it listens no more.
  private Peers meet(Connection driver) throws IOException {
    InetAddress here = driver.localAddress().getAddress();
    try (Reception reception = new Reception(new InetSocketAddress(here, 0), plan.token())) {
      driver.write(own).write(here.getHostAddress()).write(reception.port()).flush();
      List<InetSocketAddress> addresses = new ArrayList<>();
      for (int task = 0; task < plan.tasks(); task++) {
        String host = driver.readText(LONGEST_NAME);
        addresses.add(new InetSocketAddress(host, driver.readInt()));
      }
      return Peers.meet(own, addresses, reception, plan.token());
    }
  }

  private Trainer trainer(
      Supplier<Optional<ImageDataset>> images, Peers peers, Workers workers, Connection driver)
      throws IOException {
    return plan.run()
        .trainer(
            images.get(),
            workers,
            parts -> {
              MemberStep made =
                  new MemberStep(
                      parts,
                      own,
                      peers,
                      (norm, losses) -> {
                        long written = peers.written();
                        progress.stepped(written - sent);
                        sent = written;
                        answer(driver, norm, losses);
                      });
              state = new TaskState(parts);
              step = made;
              return made;
            });
  }

  private void answer(Connection driver, double norm, float[] losses) throws LostException {
    if (own == 0) {
      Answer.DONE.send(driver);
      driver.write(norm).write(losses, 0, losses.length).flush();
    }
  }

  private void obey(Connection driver, Trainer trainer) throws LostException {
    TaskState known = Objects.requireNonNull(state);
    Slices slices = Objects.requireNonNull(step).slices();
    while (true) {
      switch (Command.receive(driver)) {
        case LOAD -> {
          trainer.resumeAt(driver.readInt());
          known.receive(driver, slices, own);
        }
        case WARM_UP -> {
          trainer.warmUp(() -> false);
          Answer.DONE.send(driver);
          driver.write(trainer.imageBytes()).flush();
        }
        case STEP -> trainer.step();
        case COLLECT -> {
          Answer.DONE.send(driver);
          known.sendSlice(driver, slices, own);
        }
        case END -> {
          return;
        }
      }
    }
  }
}
