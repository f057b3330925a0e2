package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path directory;

  @Test
  void aNewFileHoldsTheContentAndNothingElseIsLeft() throws IOException {
    Path file = directory.resolve("new");
    AtomicFile.write(file, out -> out.write(bytes("content")));
    assertEquals("content", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void theOldFileStandsUntilTheNewOneIsWhole() throws IOException {
    Path file = old();
    AtomicFile.write(
        file,
        out -> {
          out.write(bytes("new"));
          out.flush();
          assertEquals("old", Files.readString(file));
        });
    assertEquals("new", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void aSymbolicLinkStaysOne() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    Path link = directory.resolve("link");
    Files.createSymbolicLink(link, Path.of("other", "file"));
    for (String content : List.of("new", "newer")) {
      AtomicFile.write(link, out -> out.write(bytes(content)));
      assertTrue(Files.isSymbolicLink(link));
      assertEquals(content, Files.readString(other.resolve("file")));
    }
    Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
    assertEquals(
        circle + ": a circle of symbolic links",
        assertThrows(IOException.class, () -> AtomicFile.write(circle, out -> out.write(bytes(""))))
            .getMessage());
  }

  @Test
  void aFailureLeavesTheOldFileAndNoTemporary() throws IOException {
    Path file = old();
    for (Exception failure : List.of(new IOException("disk"), new IllegalStateException("bug"))) {
      Exception thrown =
          assertThrows(
              failure.getClass(),
              () ->
                  AtomicFile.write(
                      file,
                      out -> {
                        out.write(new byte[1 << 20]);
                        switch (failure) {
                          case IOException e -> throw e;
                          default -> throw (RuntimeException) failure;
                        }
                      }));
      assertSame(failure, thrown);
      assertEquals("old", Files.readString(file));
      assertEquals(List.of(file), files());
    }
  }

  @Test
  void anInterruptedThreadStillWrites() throws IOException {
    Path file = directory.resolve("checkpoint");
    Thread.currentThread().interrupt();
    AtomicFile.write(file, out -> out.write(bytes("content")));
    assertTrue(Thread.interrupted());
    assertEquals("content", Files.readString(file));
  }

  @Test
  void aDirectoryIsNotReplaced() throws IOException {
    Path taken = Files.createDirectory(directory.resolve("taken"));
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.write(
                    taken,
                    out -> {
                      throw new AssertionError("written");
                    }));
    assertEquals(taken + ": not a regular file, cannot be replaced", e.getMessage());
    assertTrue(Files.isDirectory(taken));
  }

  @Test
  void aMissingDirectoryIsNamed() {
    Path missing = directory.resolve("missing");
    Path file = missing.resolve("file");
    IOException e =
        assertThrows(IOException.class, () -> AtomicFile.write(file, out -> out.write(1)));
    assertEquals(file + ": there is no directory " + missing, e.getMessage());
    assertFalse(Files.exists(missing));
  }

  private Path old() throws IOException {
    return Files.writeString(directory.resolve("old"), "old");
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
