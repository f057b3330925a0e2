package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointsTest {
  private static final int STEPS = 4;

  @TempDir Path directory;

  private final Workers workers = new Workers(1);
  private Path path = Path.of("");
  private Map<String, String> whole = Map.of();

  @BeforeEach
  void aRunThatWasStoppedAndOneThatWasNot() throws Exception {
    path = directory.resolve("run");
    begin(path, 3);
    Path undisturbed = directory.resolve("undisturbed");
    begin(undisturbed, STEPS);
    whole = SmallRun.files(undisturbed);
  }

  @AfterEach
  void close() {
    workers.close();
  }

  private void begin(Path place, int until) throws Exception {
    begin(SmallRun.request(place).steps(STEPS), until);
  }

  private void begin(TrainingRequest request, int until) throws Exception {
    try (TrainingRun run = TrainingRun.begin(request, workers)) {
      // A stop at the last step would leave out the last samples.
      run.run(TrainingListener.NONE, () -> until < STEPS && run.completed() == until);
    }
  }

  /// Goes on to the end.
  ///
  /// @return the notes of the run
  private List<String> resume() throws Exception {
    return resume(SmallRun.again(path));
  }

  private List<String> resume(TrainingRequest request) throws Exception {
    try (TrainingRun run = TrainingRun.resume(request, workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
      return run.notes();
    }
  }

  private void assertEndsAsWhole(String... notes) throws Exception {
    assertEquals(List.of(notes), resume());
    assertEquals(whole, SmallRun.files(path));
  }

  private String assertRefused() throws Exception {
    Map<String, String> before = SmallRun.files(path);
    String message =
        assertThrows(IOException.class, () -> TrainingRun.resume(SmallRun.again(path), workers))
            .getMessage();
    assertFalse(message.contains("\n"), message);
    assertEquals(before, SmallRun.files(path), "a refusal changes nothing");
    return message;
  }

  private Path checkpoint(int step) {
    return path.resolve("training/checkpoints/step-%06d".formatted(step));
  }

  private static void flip(Path file, int bit) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
    Files.write(file, bytes);
  }

  @Test
  void theLastTwoAreKeptAndEndAsTheRunThatWasNeverStopped() throws Exception {
    try (Stream<Path> kept = Files.list(path.resolve("training/checkpoints"))) {
      assertEquals(List.of(checkpoint(2), checkpoint(3)), kept.sorted().toList());
    }
    assertEndsAsWhole();
  }

  @Test
  void aFlippedBitIsFoundAndTheCheckpointBeforeTakesItsPlace() throws Exception {
    Path state = checkpoint(3).resolve("state.safetensors");
    String expected = Checksum.of(state).hex();
    flip(state, (int) Files.size(state) * 8 - 100);
    String found = Checksum.of(state).hex();
    assertEndsAsWhole(
        "warning: checkpoint skipped: "
            + state
            + ": is damaged: its checksum is "
            + found
            + ", expected "
            + expected,
        "metrics.csv: removes 1 line of steps after the checkpoint of step 2, which are made"
            + " again");
  }

  @Test
  void aFlippedBitInAnyByteOfAManifestIsFound() throws Exception {
    Path file = checkpoint(3).resolve("manifest.json");
    assertEquals(3, Manifest.read(file).step());
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      flip(file, 8 * i + i % 8);
      assertThrows(IOException.class, () -> Manifest.read(file));
      Files.write(file, bytes);
    }
  }

  @Test
  void theStateOfAnotherRunIsNotTaken() throws Exception {
    Path other = directory.resolve("other");
    begin(SmallRun.request(other).steps(STEPS).seed(2), 3);
    for (String file : List.of("state.safetensors", "manifest.json")) {
      Files.write(
          checkpoint(3).resolve(file),
          Files.readAllBytes(other.resolve("training/checkpoints/step-000003").resolve(file)));
    }
    assertEndsAsWhole(
        "warning: checkpoint skipped: "
            + checkpoint(3).resolve("manifest.json")
            + ": is of another run: seed is 2, here 1",
        "metrics.csv: removes 1 line of steps after the checkpoint of step 2, which are made"
            + " again");
  }

  @Test
  void aCheckpointOfANewerHazeIsNotPassedOver() throws Exception {
    Path file = checkpoint(3).resolve("manifest.json");
    String text =
        Files.readString(file)
            .replace("\"checkpoint_version\": 1", "\"checkpoint_version\": 2")
            .replaceFirst("  \"manifest_crc32c\": \"[0-9a-f]{8}\",\n", "");
    String checksum = Checksum.of(text.getBytes(StandardCharsets.UTF_8)).hex();
    Files.writeString(
        file, text.replaceFirst("\n", "\n  \"manifest_crc32c\": \"" + checksum + "\",\n"));
    assertEquals(
        file
            + ": is a checkpoint of version 2, which a newer Haze has written; this one reads"
            + " version 1",
        assertRefused());
  }

  @Test
  void aRunWithoutASoundCheckpointIsRefusedAndLosesNothing() throws Exception {
    Files.delete(checkpoint(2).resolve("state.safetensors"));
    Files.delete(checkpoint(3).resolve("state.safetensors"));
    String message = assertRefused();
    assertTrue(message.startsWith(path + ": has no sound checkpoint to go on from: "), message);
    assertTrue(message.contains("step-000003/state.safetensors: no such file; "), message);
    assertTrue(message.contains("step-000002/state.safetensors: no such file; "), message);
    for (int step = 2; step <= 3; step++) {
      Files.delete(checkpoint(step).resolve("manifest.json"));
    }
    message = assertRefused();
    assertTrue(message.contains(": there is none in "), message);
    assertTrue(
        assertThrows(IOException.class, () -> begin(path, STEPS))
            .getMessage()
            .contains("holds a run already"));
  }

  @Test
  void aRunOfBeforeThereWereManifestsGoesOn() throws Exception {
    Files.move(
        checkpoint(3).resolve("state.safetensors"), path.resolve("training/state.safetensors"));
    try (Stream<Path> all = Files.walk(path.resolve("training/checkpoints"))) {
      for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
    assertEquals(3, new RunDirectory(path).checkpointStep().orElse(-1));
    assertEquals(List.of(), resume());
    whole.keySet().removeIf(name -> name.contains("step-000003"));
    assertEquals(whole, SmallRun.files(path));
  }

  @Test
  void aRunIsOpenOnce() throws Exception {
    try (TrainingRun run = TrainingRun.resume(SmallRun.again(path), workers)) {
      assertEquals(3, run.completed());
      assertEquals(
          path + ": this program has the run open already, expected it closed", assertRefused());
    }
    assertEndsAsWhole();
  }

  /// Memory that comes to its end when a file is made.
  private static final class FailingDisk implements Disk {
    private final Disk system = Disk.system();
    private boolean fails;

    @Override
    public Output create(Path file) throws IOException {
      if (fails) {
        throw new OutOfMemoryError("second");
      }
      return system.create(file);
    }

    @Override
    public Output append(Path file) throws IOException {
      return system.append(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      system.move(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
      system.delete(file);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
      if (fails) {
        throw new OutOfMemoryError("second");
      }
      system.createDirectory(directory);
    }

    @Override
    public void force(Path directory) throws IOException {
      system.force(directory);
    }
  }

  @Test
  void theFirstFailureIsTheOneThatIsTold() throws Exception {
    FailingDisk disk = new FailingDisk();
    try (TrainingRun run = TrainingRun.resume(SmallRun.again(path), workers, disk)) {
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void stepped(Trainer.Step step) {
              disk.fails = true;
              throw new IllegalStateException("first");
            }
          };
      Throwable failure =
          assertThrows(IllegalStateException.class, () -> run.run(listener, () -> false));
      assertEquals("first", failure.getMessage());
      assertEquals("second", failure.getSuppressed()[0].getMessage());
    }
    disk.fails = false;
    assertEquals(1, resume().size(), "the line of the step");
    assertEquals(whole, SmallRun.files(path));
  }

  @Test
  void aFinishedRunIsRefusedUnlessItsModelOrSamplesAreNotThere() throws Exception {
    resume();
    assertTrue(assertRefused().contains("has had its 4 steps"));
    Path model = path.resolve("unet/diffusion_pytorch_model.safetensors");
    for (Path file : List.of(model, path.resolve("samples/step-000004.png"))) {
      Files.delete(file);
      assertEndsAsWhole();
    }
    flip(model, (int) Files.size(model) * 8 - 3);
    assertEndsAsWhole();
    assertTrue(assertRefused().contains("has had its 4 steps"));
  }

  @Test
  void theBestByValidationIsKept() throws Exception {
    Path other = directory.resolve("validated");
    double[] losses = {0.5, 0.25, 0.75, 0.5, 0.3};
    TrainingRequest request = SmallRun.request(other).steps(9).with(Settings.KEEP, 1);
    try (TrainingRun run = TrainingRun.begin(request, workers)) {
      for (double loss : losses) {
        run.step();
        run.checkpoint(OptionalDouble.of(loss));
      }
    }
    try (Stream<Path> kept = Files.list(other.resolve("training/checkpoints"))) {
      assertEquals(
          List.of("step-000002", "step-000005"),
          kept.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void whatKilledProcessesHaveLeftIsRemoved() throws Exception {
    List<Path> left = new ArrayList<>();
    Files.createDirectories(path.resolve("samples"));
    for (String name :
        List.of(
            "training/checkpoints/step-000003/.state.safetensors.00112233445566aa.tmp",
            "training/.state.safetensors.123e4567-e89b-12d3-a456-426614174000.part",
            "unet/.config.json.1a2b3c.tmp",
            ".metrics.csv.00112233445566aa.tmp",
            "samples/.step-000002.png.00112233445566aa.tmp")) {
      left.add(Files.writeString(path.resolve(name), "torn"));
    }
    Path mine = Files.writeString(path.resolve("samples/.notes.tmp"), "mine");
    assertEquals(List.of(), resume());
    left.forEach(file -> assertFalse(Files.exists(file), file.toString()));
    assertTrue(Files.exists(mine));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'step,loss,gradient_norm,learning_rate,ms\n1,a\n' | 0 | 1 damaged line | 3",
        "'' | 0 | 0 | 3",
        "'NUL NUL' | 0 | 1 damaged line | 3",
        "'\u00e9\u00ff\n' | 0 | 1 damaged line | 3",
        "'step,loss,gradient_norm,learning_rate,ms\n' | 0 | 0 | 3",
        "'1,1,1,1,1\n1,1,1,1,1\n3,NaN,Infinity,1,1\n9,1,1,1,1\n2,1' | 1 line | 2 damaged lines | 1",
      })
  void ofTheMetricsWholeLinesOfRisingStepsAreKept(
      String text, String later, String damaged, int missing) throws Exception {
    Files.writeString(
        path.resolve("metrics.csv"), text.replace("NUL", "\0"), StandardCharsets.ISO_8859_1);
    List<String> notes = new ArrayList<>();
    if (!later.equals("0")) {
      notes.add(
          "metrics.csv: removes "
              + later
              + " of steps after the checkpoint of step 3, which are made again");
    }
    if (!damaged.equals("0")) {
      notes.add("warning: metrics.csv: removes " + damaged);
    }
    notes.add("warning: metrics.csv: " + missing + " of 3 steps have no line");
    assertEquals(notes, resume());
    List<String> lines = Files.readAllLines(path.resolve("metrics.csv"));
    assertEquals(MetricsLog.HEADER, lines.getFirst());
    assertTrue(lines.getLast().startsWith("4,"), lines.toString());
    assertEquals(1 + STEPS - missing, lines.size());
  }

  @Test
  void metricsThatAreNoneAreRefused() throws Exception {
    Path file = path.resolve("metrics.csv");
    Files.writeString(file, "epoch,accuracy\n1,2\n");
    assertEquals(
        file + ": line 1: is epoch,accuracy, expected step,loss,gradient_norm,learning_rate,ms",
        assertRefused());
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      huge.setLength(3L << 30);
    }
    String message =
        assertThrows(IOException.class, () -> TrainingRun.resume(SmallRun.again(path), workers))
            .getMessage();
    assertEquals(file + ": has 3221225472 bytes, expected at most 268435456", message);
    Files.delete(file);
    Files.createDirectory(file);
    assertEquals(file + ": is not a file", assertRefused());
  }

  @Test
  void aBeginningThatWasCutOffBeginsAgainAndNothingElseIsOverwritten() throws Exception {
    for (String left : List.of("", "training", "training/lock", "training/beginning")) {
      Path cut = directory.resolve("cut" + left.length());
      Files.createDirectories(cut.resolve(left.startsWith("training") ? "training" : ""));
      if (left.contains("/")) {
        Files.createFile(cut.resolve(left));
        Files.writeString(cut.resolve("metrics.csv"), "torn");
        if (left.endsWith("lock")) {
          Files.delete(cut.resolve("metrics.csv"));
        }
      }
      begin(cut, STEPS);
      assertEquals(whole, SmallRun.files(cut));
    }
    Path precious = Files.createDirectories(directory.resolve("precious/training"));
    Files.writeString(precious.resolve("notes.txt"), "precious");
    assertTrue(
        assertThrows(IOException.class, () -> begin(precious.getParent(), STEPS))
            .getMessage()
            .contains("is not empty"));
    // A trained model whose checkpoints are gone is no beginning.
    Path model = Files.createDirectories(directory.resolve("model"));
    Files.createDirectories(model.resolve("training"));
    Files.writeString(model.resolve("training/lock"), "");
    Files.writeString(model.resolve("model_index.json"), "{}");
    assertThrows(IOException.class, () -> begin(model, STEPS));
  }
}
