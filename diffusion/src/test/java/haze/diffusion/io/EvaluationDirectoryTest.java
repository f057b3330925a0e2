package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationDirectoryTest {
  @TempDir Path run;

  private Optional<Path> setAside(EvaluationDirectory directory, String next) throws IOException {
    Path result = directory.path().resolve("result");
    return directory.setAside(
        Map.of(result, next.getBytes(StandardCharsets.UTF_8)),
        List.of(result, directory.path().resolve("picture")));
  }

  @Test
  void anEarlierResultIsMovedAsideWithItsFilesUnlessItIsTheSame() throws IOException {
    EvaluationDirectory directory = EvaluationDirectory.of(run);
    assertEquals(run.resolve("evaluation"), directory.path());
    directory.prepare();
    assertEquals(Optional.empty(), setAside(directory, "one"));
    Files.writeString(directory.path().resolve("result"), "one");
    Files.writeString(directory.path().resolve("picture"), "of one");
    Files.writeString(directory.path().resolve("other"), "stays");
    assertEquals(Optional.empty(), setAside(directory, "one"));

    Path first = setAside(directory, "two").orElseThrow();
    assertEquals(directory.path().resolve("earlier-1"), first);
    assertEquals("one", Files.readString(first.resolve("result")));
    assertEquals("of one", Files.readString(first.resolve("picture")));
    assertFalse(Files.exists(directory.path().resolve("result")));
    assertEquals("stays", Files.readString(directory.path().resolve("other")));

    // As long as the next, but another.
    Files.writeString(directory.path().resolve("result"), "two");
    Files.createFile(directory.path().resolve("earlier-2"));
    assertEquals(Optional.of(directory.path().resolve("earlier-3")), setAside(directory, "six"));
    assertEquals("two", Files.readString(directory.path().resolve("earlier-3").resolve("result")));
  }

  @Test
  void whatIsNoFileIsMovedToo() throws IOException {
    EvaluationDirectory directory = new EvaluationDirectory(run);
    Files.createDirectory(run.resolve("result"));
    assertEquals(Optional.of(run.resolve("earlier-1")), setAside(directory, "one"));
  }

  @Test
  void aPlaceThatIsTakenIsNamed() throws IOException {
    EvaluationDirectory directory = EvaluationDirectory.of(run);
    Files.createFile(directory.path());
    assertThrows(FileAlreadyExistsException.class, directory::prepare);
  }
}
