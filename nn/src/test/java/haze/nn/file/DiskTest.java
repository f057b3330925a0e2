package haze.nn.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
  private static final Disk DISK = Disk.system();
  private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path directory;

  @Test
  void aFileIsReplacedAsAWholeAndItsChecksumIsTheOneOfTheStandard() throws IOException {
    Path nested = directory.resolve("a/b");
    DISK.createDirectories(nested);
    Path file = nested.resolve("file");
    for (int i = 0; i < 2; i++) {
      Checksum written = DISK.replace(file, out -> out.write(DIGITS));
      // The check value of CRC-32C in the catalogue of parametrised CRCs.
      assertEquals("e3069283", written.hex());
      assertEquals(9, written.bytes());
      assertEquals(written, Checksum.of(file));
      assertEquals(written, Checksum.of(DIGITS));
    }
    try (var files = Files.list(nested)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void anInterruptedThreadForcesADirectory() throws IOException {
    Thread.currentThread().interrupt();
    DISK.force(directory);
    assertTrue(Thread.interrupted());
  }

  @Test
  void aFileIsAppendedTo() throws IOException {
    Path file = Files.write(directory.resolve("file"), DIGITS);
    try (Disk.Output out = DISK.append(file)) {
      out.write(DIGITS, 3, 1);
      out.force();
    }
    assertArrayEquals("1234567894".getBytes(StandardCharsets.US_ASCII), Files.readAllBytes(file));
    assertThrows(NoSuchFileException.class, () -> DISK.append(directory.resolve("none")));
    assertThrows(FileSystemException.class, () -> DISK.append(directory));
  }

  @Test
  void aFailureNamesTheFileAndTheReason() {
    Path file = directory.resolve("none/file");
    assertEquals(
        file + ": cannot be written: no such file or directory",
        assertThrows(FileException.class, () -> DISK.replace(file, out -> out.write(1)))
            .getMessage());
    assertEquals(
        file + ": no such file",
        assertThrows(FileException.class, () -> Checksum.of(file)).getMessage());
    assertEquals("permission denied", FileException.reason(new AccessDeniedException("a")));
    assertEquals(
        "No space left on device",
        FileException.reason(new FileSystemException("a", null, "No space left on device")));
    assertEquals(
        "Is a directory",
        FileException.reason(new FileNotFoundException("a (b) (Is a directory)")));
    assertEquals("disk", FileException.reason(new IOException("disk")));
  }
}
