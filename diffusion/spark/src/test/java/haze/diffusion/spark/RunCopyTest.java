package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCopyTest {
  @TempDir Path directory;

  private Path run;
  private Path copies;

  @BeforeEach
  void begin() throws IOException {
    run = directory.resolve("here/digits");
    copies = directory.resolve("copies");
    write("metrics.csv", "1");
    write("training/lock", "");
    write("training/checkpoints/step-000000/state.safetensors", "a");
    write("training/checkpoints/step-000000/manifest.json", "b");
  }

  private void write(String name, String text) throws IOException {
    Path file = run.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private RunCopy copy(Path of) throws IOException {
    return new RunCopy(of, copies.toUri(), new Configuration());
  }

  /// Texts by name, but for checksums of Hadoop's.
  private static TreeMap<String, String> files(Path in) throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(in)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".crc")) {
          found.put(in.relativize(file).toString(), Files.readString(file));
        }
      }
    }
    return found;
  }

  /// All files but the lock, which is of the process that trains.
  private void assertHoldsTheRun(Path other) throws IOException {
    TreeMap<String, String> expected = files(run);
    expected.remove("training/lock");
    assertEquals(expected, files(other));
  }

  @Test
  void aCopyFollowsTheRun() throws IOException {
    RunCopy copy = copy(run);
    copy.update();
    assertHoldsTheRun(copies.resolve("digits"));
    write("metrics.csv", "1 2");
    write("training/checkpoints/step-000005/state.safetensors", "c");
    write("training/checkpoints/step-000005/manifest.json", "d");
    Files.delete(run.resolve("training/checkpoints/step-000000/manifest.json"));
    Files.delete(run.resolve("training/checkpoints/step-000000/state.safetensors"));
    copy.update();
    assertHoldsTheRun(copies.resolve("digits"));
  }

  @Test
  void aRunThatIsGoneIsRestored() throws IOException {
    copy(run).update();
    Path other = directory.resolve("there/digits");
    copy(other).restore();
    assertHoldsTheRun(other);
  }

  /// Such as `hdfs:///user/me/runs`, whose files have the name of the server too.
  @Test
  void aPlaceWithoutItsFileSystemIsTheUsualOne() throws IOException {
    Path other = directory.resolve("there/digits");
    URI place = URI.create(copies.toString());
    new RunCopy(run, place, new Configuration()).update();
    new RunCopy(other, place, new Configuration()).restore();
    assertHoldsTheRun(other);
  }

  @Test
  void anEmptyDirectoryIsNoRun() throws IOException {
    copy(run).update();
    Path other = Files.createDirectories(directory.resolve("there/digits"));
    copy(other).restore();
    assertEquals("1", Files.readString(other.resolve("metrics.csv")));
  }

  @Test
  void aNewRunDoesNotTakeTheCopyOfAnother() throws IOException {
    copy(run).begin();
    copy(run).update();
    assertEquals(
        "file:"
            + copies
            + "/digits holds a copy of a run already; --resume goes on with it, another --out"
            + " begins a new one",
        assertThrows(IOException.class, () -> copy(run).begin()).getMessage());
  }

  @Test
  void whatNeverHadACheckpointDoesNotStopANewRun() throws IOException {
    copy(run).begin();
    Files.writeString(copies.resolve("digits/model_index.json"), "of a beginning that was cut off");

    RunCopy again = copy(run);
    again.begin();
    again.update();

    assertHoldsTheRun(copies.resolve("digits"));
  }

  @Test
  void aDirectoryWithoutACheckpointIsNotCopied() throws IOException {
    copy(run).update();
    Path empty = Files.createDirectories(directory.resolve("there/digits"));
    assertEquals(
        empty + " has no checkpoint to be copied",
        assertThrows(IOException.class, () -> copy(empty).update()).getMessage());
    assertHoldsTheRun(copies.resolve("digits"));
  }

  @Test
  void whatNeverHadACheckpointIsNotRestored() throws IOException {
    Files.createDirectories(copies.resolve("digits"));
    Files.writeString(copies.resolve("digits/model_index.json"), "of a beginning that was cut off");
    Path other = directory.resolve("there/digits");
    copy(other).restore();
    assertFalse(Files.exists(other));
  }

  /// What another process has copied, and the run has no more.
  @Test
  void anotherProcessGoesOnWithTheCopy() throws IOException {
    copy(run).update();
    Files.delete(run.resolve("training/checkpoints/step-000000/state.safetensors"));
    copy(run).update();
    assertHoldsTheRun(copies.resolve("digits"));
  }

  @Test
  void aRunThatIsThereStaysAsItIs() throws IOException {
    copy(run).update();
    write("metrics.csv", "newer");
    copy(run).restore();
    assertEquals("newer", Files.readString(run.resolve("metrics.csv")));
  }

  @Test
  void withoutACopyThereIsNothingToRestore() throws IOException {
    Path other = directory.resolve("there/letters");
    copy(other).restore();
    assertFalse(Files.exists(other));
  }

  @Test
  void anUnknownFileSystemIsAnError() {
    IOException failure =
        assertThrows(
            IOException.class,
            () -> new RunCopy(run, URI.create("nosuch://somewhere/runs"), new Configuration()));
    assertTrue(failure.getMessage().contains("nosuch"), failure.getMessage());
  }

  /// What a crash leaves under another name is no file of the run.
  @Test
  void halfAFileIsNotRestored() throws IOException {
    copy(run).update();
    Files.writeString(copies.resolve("digits/metrics.csv.tmp"), "half");
    Path other = directory.resolve("there/digits");
    copy(other).restore();
    assertEquals("1", Files.readString(other.resolve("metrics.csv")));
    assertFalse(Files.exists(other.resolve("metrics.csv.tmp")));
  }
}
