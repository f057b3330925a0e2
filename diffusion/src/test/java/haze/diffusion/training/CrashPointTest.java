package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.training.CrashDisk.Survivors;
import haze.nn.file.Disk;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// A run is cut at every operation on its files: while it begins, validates and keeps the best
/// model, stores snapshots of averages, saves on its way, removes an old checkpoint, saves for the
/// last time and makes its samples. What the disk then holds is resumed, and must end as the run
/// that was never cut. The tests take one thread each, and long: they go on beside each other, but
/// not beside other classes.
class CrashPointTest {
  private static final int STEPS = 3;
  private static final int CHANCES = 3;
  private static final int LEAST_OPERATIONS = 200;

  /// Operations of the checkpoints on the way.
  private static final int LEAST_WARNINGS = 40;

  @TempDir Path directory;

  private final Workers workers = new Workers(1);
  private int runs;
  private int sampleEvery;
  private CrashDisk disk = new CrashDisk(Path.of(""), CrashDisk.NEVER, CrashDisk.NEVER);
  private Map<String, String> whole = Map.of();

  /// Parts of the names of files that a run goes on without.
  private Set<String> missed = Set.of();

  private void anUndisturbedRun(int sampleEvery) throws Exception {
    this.sampleEvery = sampleEvery;
    Path root = root();
    disk = new CrashDisk(root, CrashDisk.NEVER, CrashDisk.NEVER);
    try (TrainingRun run = TrainingRun.begin(request(root), workers, disk)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
    whole = SmallRun.files(root);
    assertTrue(disk.operations() >= LEAST_OPERATIONS, () -> disk.operations() + " operations");
    // Nothing but what was forced: the last operation ends no sooner than it is on the disk.
    Path copy = put(disk.after(disk.operations(), Survivors.NONE, new Random(0)));
    assertWhole(copy, "undisturbed");
  }

  /// Which older checkpoints there are depends on which of them could be written and removed.
  private void assertWhole(Path root, String which) throws Exception {
    Map<String, String> found = SmallRun.files(root);
    TreeSet<String> differences = new TreeSet<>(whole.keySet());
    differences.addAll(found.keySet());
    differences.removeIf(
        name ->
            Objects.equals(whole.get(name), found.get(name))
                || (name.contains("/checkpoints/") && !name.contains("step-00000" + STEPS))
                || missed.stream().anyMatch(name::contains));
    assertEquals(Set.of(), differences, which);
  }

  @AfterEach
  void close() {
    workers.close();
  }

  private Path root() throws IOException {
    return Files.createDirectory(directory.resolve("disk" + runs++)).toRealPath();
  }

  private TrainingRequest request(Path root) {
    return SmallRun.request(root.resolve("runs").resolve("a"))
        .steps(STEPS)
        .with(Settings.SAMPLE_EVERY, sampleEvery)
        .heldOut(SmallRun.images())
        .with(Settings.VALIDATE_EVERY, 2)
        .with(Settings.EMA_SNAPSHOTS, 2);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aRunThatIsCutAtAnyOperationEndsWithTheSameBits(TestReporter reporter) throws Exception {
    anUndisturbedRun(2);
    Set<String> seen = new HashSet<>();
    int points = 0;
    for (int count = 0; count <= disk.operations(); count++) {
      for (Survivors survivors : Survivors.values()) {
        for (int i = 0; i < (survivors == Survivors.BY_CHANCE ? CHANCES : 1); i++) {
          points++;
          Map<Path, byte[]> left = disk.after(count, survivors, new Random(count * 31L + i));
          if (seen.add(digest(left))) {
            assertEndsAsWhole(put(left), "after " + count + " operations, survives " + survivors);
          }
        }
      }
    }
    reporter.publishEntry(
        Map.of(
            "operations", Integer.toString(disk.operations()),
            "crash points", Integer.toString(points),
            "different disks resumed", Integer.toString(seen.size())));
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aRunThatFindsNoRoomAtAnyOperationEndsInOneLineAndGoesOnWithRoom(TestReporter reporter)
      throws Exception {
    anUndisturbedRun(0);
    int ended = 0;
    for (int index = 0; index < disk.operations(); index++) {
      ended += withoutRoom(index, CrashDisk.NEVER) ? 1 : 0;
    }
    reporter.publishEntry("no room from an operation on: runs that end", Integer.toString(ended));
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aRunThatFindsNoRoomForOneOperationGoesOnOrEndsInOneLine(TestReporter reporter)
      throws Exception {
    anUndisturbedRun(0);
    int ended = 0;
    for (int index = 0; index < disk.operations(); index++) {
      ended += withoutRoom(index, index + 1) ? 1 : 0;
    }
    assertTrue(ended + LEAST_WARNINGS <= disk.operations(), ended + " runs ended");
    reporter.publishEntry("no room for one operation: runs that end", Integer.toString(ended));
  }

  /// Whether the run ended.
  private boolean withoutRoom(int from, int to) throws Exception {
    Path root = root();
    String which = "no room for operation " + from;
    List<String> warnings = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void warned(String problem) {
            warnings.add(problem);
          }
        };
    String message = "";
    boolean begun = false;
    try (TrainingRun run =
        TrainingRun.begin(request(root), workers, new CrashDisk(root, from, to))) {
      begun = true;
      run.run(listener, () -> false);
    } catch (IOException e) {
      message = String.valueOf(e.getMessage());
      warnings.add(message);
      assertEquals(begun, message.contains(" is intact, and "), message);
    }
    assertFalse(warnings.isEmpty(), which);
    for (String line : warnings) {
      assertTrue(line.startsWith(root + "/"), line);
      assertTrue(line.contains("No space left on device"), line);
      assertFalse(line.contains("\n"), line);
    }
    missed = missed(warnings.getFirst(), message);
    assertEndsAsWhole(root, which);
    return !message.isEmpty();
  }

  /// What finds no room on the way, and is of a step that the run then has passed: a validation
  /// with the model that was the best, or a snapshot.
  private static Set<String> missed(String warning, String end) {
    if (warning.equals(end)) {
      return Set.of();
    }
    if (warning.contains("/training/ema")) {
      return Set.of("/training/ema/step-000002");
    }
    return warning.contains("/a/best") || warning.contains("/a/validation.csv")
        ? Set.of("/best/", "validation.csv")
        : Set.of();
  }

  /// Goes on with what a run has left, as a person does who does not know how far it was.
  private void assertEndsAsWhole(Path root, String which) throws Exception {
    TrainingRequest request = request(root);
    Path path = request.directory();
    Disk fast = new CrashDisk(root, CrashDisk.NEVER, CrashDisk.NEVER);
    boolean begins = !Files.exists(path) || new RunDirectory(path).isCutOff() || isEmpty(path);
    try (TrainingRun run =
        begins
            ? TrainingRun.begin(request, workers, fast)
            : TrainingRun.resume(SmallRun.again(path), workers, fast)) {
      // Checksums would find what the order of the operations lets through, but need not.
      assertEquals(List.of(), run.notes().stream().filter(n -> n.contains("skipped")).toList());
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    } catch (IOException e) {
      assertTrue(
          String.valueOf(e.getMessage()).contains("has had its " + STEPS + " steps"),
          which + ": " + e.getMessage());
    }
    assertWhole(root, which);
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }

  private static String hash(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static String digest(Map<Path, byte[]> files) throws Exception {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      text.append(file.getKey()).append(' ');
      text.append(file.getValue() == null ? "" : hash(file.getValue())).append('\n');
    }
    return text.toString();
  }

  private Path put(Map<Path, byte[]> files) throws IOException {
    Path root = root();
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      Path place = root.resolve(file.getKey());
      if (file.getValue() == null) {
        Files.createDirectory(place);
      } else {
        Files.write(place, file.getValue());
      }
    }
    return root;
  }
}
