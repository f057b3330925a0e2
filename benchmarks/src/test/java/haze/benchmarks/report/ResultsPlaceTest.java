package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsPlaceTest {
  private static final Instant NOW = Instant.parse("2026-11-28T22:52:48Z");

  @TempDir Path directory;

  @Test
  void inADirectoryARunIsNamedForItsTimeAndItsPattern() throws IOException {
    Path place = directory.resolve("new/place");
    assertEquals(
        place.resolve("2026-11-28T225248Z-Gemm-plain-Rng.json"),
        ResultsPlace.newFile(place, List.of("[.]Gemm.*plain$", "Rng"), NOW));
    assertEquals(
        place.resolve("2026-11-28T225248Z-all.json"),
        ResultsPlace.newFile(place, List.of("."), NOW));
    assertTrue(Files.isDirectory(place));
  }

  @Test
  void aFileThatExistsIsNeverWrittenAgain() throws IOException {
    Path file = directory.resolve("roofs.json");
    assertEquals(file, ResultsPlace.newFile(file, List.of(), NOW));
    Files.writeString(file, "[]");
    IOException e =
        assertThrows(IOException.class, () -> ResultsPlace.newFile(file, List.of(), NOW));
    assertEquals(
        file + ": exists; results are never overwritten: name another file, or a directory",
        e.getMessage());
  }
}
