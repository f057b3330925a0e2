package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import haze.diffusion.ChildJvm;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Real processes are sent real signals.
class StoppingCommandTest extends CommandHarness {
  private static final String STATE = "training/checkpoints/step-000030/state.safetensors";
  private static final String FIRST_GRID = "samples/step-000015.png";
  private static final String LAST_GRID = "samples/step-000030.png";
  private static final int COUNT = 40;

  /// A run that is stopped in each of its phases, and each time goes on.
  @Test
  void trainingStopsInEachPhaseAndGoesOnToTheSameBits() throws Exception {
    assumeFalse(ChildJvm.ignores("INT") || ChildJvm.ignores("HUP"));
    String data = BarsFixture.images(file("bars.idx"), COUNT).toString();
    assertEquals(
        0, haze(arguments("whole", "--data", data, "--sample-every", "15", "--steps", "30")));
    Path run = file("stopped");
    Path metrics = run.resolve("metrics.csv");

    String[] begin = arguments("stopped", "--data", data, "--sample-every", "15", "--steps", "30");
    // Written when signals are received, before warm-up.
    Path session = run.resolve("training/session.json");
    assertEquals(0, stopped(130, "INT", () -> Files.exists(session), begin));
    String[] resume = arguments("stopped", "--resume");
    stopped(143, "TERM", () -> lines(metrics) > 3, resume);
    stopped(129, "HUP", () -> lines(metrics) >= 16, resume);
    stopped(143, "TERM", () -> lines(metrics) >= 31, resume);
    assertFalse(Files.exists(run.resolve(LAST_GRID)));
    assertEquals(0, haze(resume));
    for (String file : List.of(STATE, FIRST_GRID, LAST_GRID)) {
      assertArrayEquals(
          Files.readAllBytes(file("whole").resolve(file)), Files.readAllBytes(run.resolve(file)));
    }
  }

  @Test
  void othersEndAtOnceAndLeaveNothing() throws Exception {
    String data = BarsFixture.images(file("bars.idx"), COUNT).toString();
    assertEquals(0, haze(arguments("run", "--data", data, "--no-samples", "--steps", "1")));
    List<Path> before = all();
    String run = file("run").toString();
    for (List<String> command :
        List.of(
            List.of("sample", run, "--count", "5000", "--out", file("a.npy").toString()),
            List.of("evaluate", run, "--data", data))) {
      try (ChildJvm child = ChildJvm.start(Main.class, command.toArray(String[]::new))) {
        // The first line of the progress.
        assertTrue(String.valueOf(child.line()).contains("step"));
        child.signal("TERM");
        assertEquals(143, child.exitCode());
      }
    }
    assertEquals(before, all());
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private interface Moment {
    boolean isThere() throws IOException;
  }

  /// Runs the command, sends a signal at a moment, and expects it to say how to go on.
  ///
  /// @return the step that it stopped after
  private int stopped(int code, String signal, Moment moment, String... command) throws Exception {
    try (ChildJvm child = ChildJvm.start(Main.class, command)) {
      while (!moment.isThere()) {
        assertTrue(child.isAlive(), () -> "ended before " + signal);
        Thread.sleep(2);
      }
      child.signal(signal);
      // A second one, of someone impatient, changes nothing. Another signal could come first: the
      // JVM takes signals that wait together by their number, and each on a thread of its own.
      child.signal(signal);
      assertEquals(code, child.exitCode());
      String[] printed = child.rest().split("\n");
      String last = printed[printed.length - 1];
      String expected = "; to go on: haze train --resume --out " + file("stopped");
      assertTrue(last.startsWith("stopped after step ") && last.endsWith(expected), last);
      return Integer.parseInt(last.substring("stopped after step ".length(), last.indexOf(';')));
    }
  }

  private static long lines(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    }
  }

  private String[] arguments(String run, String... more) {
    return Stream.concat(
            Stream.of("train", "--out", file(run).toString()),
            run.equals("stopped") && more[0].equals("--resume")
                ? Stream.of(more)
                : Stream.concat(Stream.of("--preset", "tiny", "--threads", "2"), Stream.of(more)))
        .toArray(String[]::new);
  }
}
