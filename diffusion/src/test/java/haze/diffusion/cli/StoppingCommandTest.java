package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.diffusion.ChildJvm;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Real processes are sent real signals.
class StoppingCommandTest extends CommandHarness {
  private static final String STATE = "training/checkpoints/step-000030/state.safetensors";
  private static final String FIRST_GRID = "samples/step-000015.png";
  private static final String LAST_GRID = "samples/step-000030.png";
  private static final int COUNT = 40;
  private static final int MOST_SECONDS = 60;

  /// A run that is stopped in each of its phases, and each time goes on.
  @Test
  void trainingStopsInEachPhaseAndGoesOnToTheSameBits() throws Exception {
    assumeFalse(ChildJvm.ignores("INT") || ChildJvm.ignores("HUP"));
    String data = BarsFixture.images(file("bars.idx"), COUNT).toString();
    assertEquals(
        0, haze(arguments("whole", "--data", data, "--sample-every", "15", "--steps", "30")));
    Path run = file("stopped");
    String[] begin = arguments("stopped", "--data", data, "--sample-every", "15", "--steps", "30");
    assertStopped("before the first step", stopped(130, "INT", "training ", begin));
    String[] resume = arguments("stopped", "--resume");
    String[] json = arguments("stopped", "--resume", "--json");
    assertTrue(step(stopped(143, "TERM", "{\"event\":\"step\",\"step\":3,", json)) < 15);
    assertTrue(step(stopped(129, "HUP", "{\"event\":\"step\",\"step\":15,", json)) < 30);
    assertStopped(
        "after step 30 of 30, whose samples are not finished",
        stopped(143, "TERM", "train  step 30/30", resume));
    assertFalse(Files.exists(run.resolve(LAST_GRID)));
    assertEquals(0, haze(resume));
    assertTrue(
        out.toString().contains("; step 30 of 30 is done, draws its samples"), out::toString);
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

  /// The data is a pipe, of which nothing comes.
  @Test
  void aRunThatIsNotThereYetEndsAtOnceAndSaysSo() throws Exception {
    Path pipe = file("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    try (ChildJvm child =
        ChildJvm.start(Main.class, arguments("stopped", "--data", pipe.toString()))) {
      FutureTask<OutputStream> opened = new FutureTask<>(() -> Files.newOutputStream(pipe));
      // Returns when it is read.
      Thread.ofVirtual().start(opened);
      try (OutputStream _ = opened.get(MOST_SECONDS, TimeUnit.SECONDS)) {
        child.signal("TERM");
        assertEquals(143, child.exitCode());
        assertEquals(
            "stopped before the first step; nothing is there yet, and the same command begins"
                + " again",
            child.rest().lines().toList().getLast());
      }
    }
    assertFalse(Files.exists(file("stopped")));
  }

  /// Runs the command, and sends a signal when it has printed a line.
  ///
  /// @param begins how that line begins
  /// @return the last line
  private static String stopped(int code, String signal, String begins, String... command)
      throws Exception {
    try (ChildJvm child = ChildJvm.start(Main.class, command)) {
      String line = child.line();
      while (line != null && !line.startsWith(begins)) {
        line = child.line();
      }
      child.signal(signal);
      // A second one, of someone impatient, changes nothing. Another signal could come first: the
      // JVM takes signals that wait together by their number, and each on a thread of its own.
      child.signal(signal);
      String rest = child.rest();
      assertEquals(code, child.exitCode(), rest);
      return rest.lines().toList().getLast();
    }
  }

  private void assertStopped(String where, String last) {
    assertEquals(
        "stopped " + where + "; to go on: haze train --resume --out " + file("stopped"), last);
  }

  /// The step of the last event of a run that is not finished.
  private static int step(String end) throws IOException {
    Map<String, Object> event = JSON.std.mapFrom(end);
    assertEquals("end", event.get("event"));
    assertEquals(false, event.get("finished"));
    return (Integer) event.get("step");
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
