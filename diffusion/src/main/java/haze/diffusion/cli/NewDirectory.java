package haze.diffusion.cli;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Where a command makes a model of another one.
final class NewDirectory {
  private NewDirectory() {}

  /// Checks that nothing would be lost: that there is no such directory, or it is empty.
  ///
  /// @throws IOException if there is something
  static void require(Path directory) throws IOException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new BadFileException(directory, "is a file, expected a directory");
    }
    if (Files.isDirectory(directory)) {
      try (Stream<Path> entries = Files.list(directory)) {
        if (entries.findAny().isPresent()) {
          throw new BadFileException(directory, "is not empty, expected a new directory");
        }
      }
    }
  }
}
