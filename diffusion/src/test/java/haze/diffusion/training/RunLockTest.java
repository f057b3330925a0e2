package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Locks are closed within their try: what is then, is tested.
class RunLockTest {
  private static final String HERE = ": this program has the run open already, expected it closed";

  @TempDir Path directory;

  private Path run;
  private Path training;

  /// Another program that wants the run.
  static final class Other {
    private Other() {}

    public static void main(String[] args) {
      try (RunLock lock = RunLock.take(Path.of(args[0]))) {
        System.out.println("has " + lock.getClass().getSimpleName());
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @BeforeEach
  void makeRun() throws IOException {
    run = directory.resolve("run");
    training = Files.createDirectories(run.resolve("training"));
  }

  private String other() throws Exception {
    try (ChildJvm child = ChildJvm.start(Other.class, training.toString())) {
      assertEquals(0, child.exitCode());
      return child.rest().lines().reduce((_, last) -> last).orElse("");
    }
  }

  private String refusal(Path path) {
    return assertThrows(IOException.class, () -> RunLock.take(path)).getMessage();
  }

  @Test
  void anAttemptOfThisProgramLeavesItsLock() throws Exception {
    try (RunLock lock = RunLock.take(training)) {
      assertEquals(run + HERE, refusal(training));
      Path link = Files.createSymbolicLink(directory.resolve("link"), run);
      assertEquals(link + HERE, refusal(link.resolve("training")));
      assertEquals(run + ": another process trains this run", other());
      lock.close();
      assertEquals("has RunLock", other());
    }
  }

  @Test
  void whatIsClosedTwiceGivesUpNoLockOfAnother() throws Exception {
    RunLock first = RunLock.take(training);
    first.close();
    try (RunLock second = RunLock.take(training)) {
      first.close();
      assertEquals(run + HERE, refusal(training));
      second.close();
    }
    RunLock.take(training).close();
  }

  @Test
  void afterAFailureTheRunIsFree() throws Exception {
    Path file = Files.createDirectory(training.resolve("lock"));
    assertEquals(file + ": cannot be locked: Is a directory", refusal(training));
    Files.delete(file);
    RunLock.take(training).close();
    Files.delete(file);
    Files.delete(training);
    assertEquals(file + ": cannot be locked: no such file or directory", refusal(training));
  }
}
