package haze.diffusion.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The directory that measurements of a model are kept in, `evaluation` in that of a run. A result
/// whose place another takes is moved to `earlier-1`, `earlier-2`, .. in it.
public record EvaluationDirectory(Path path) {
  /// {@return the directory of a run}
  ///
  /// @param run the directory of the run, or of another pipeline
  public static EvaluationDirectory of(Path run) {
    return new EvaluationDirectory(run.resolve("evaluation"));
  }

  /// Makes the directory.
  ///
  /// @throws IOException if that fails, or nothing can be written there
  public void prepare() throws IOException {
    Files.createDirectories(path);
    if (!Files.isWritable(path)) {
      throw new IOException(path + ": cannot write there");
    }
  }

  /// Moves an earlier result aside, if it is another one.
  ///
  /// @param next what the files will hold that tell results apart
  /// @param files all files of a result, in this directory
  /// @return where they are now; nothing if there are none, or the result is the same
  /// @throws IOException if they cannot be read or moved
  public Optional<Path> setAside(Map<Path, byte[]> next, List<Path> files) throws IOException {
    if (files.stream().noneMatch(Files::exists) || holds(next)) {
      return Optional.empty();
    }
    Path earlier = unusedDirectory();
    for (Path file : files) {
      if (Files.exists(file)) {
        Files.move(file, earlier.resolve(file.getFileName()));
      }
    }
    return Optional.of(earlier);
  }

  private static boolean holds(Map<Path, byte[]> contents) throws IOException {
    for (Map.Entry<Path, byte[]> content : contents.entrySet()) {
      Path file = content.getKey();
      if (!Files.isRegularFile(file)
          || Files.size(file) != content.getValue().length
          || !Arrays.equals(Files.readAllBytes(file), content.getValue())) {
        return false;
      }
    }
    return true;
  }

  private Path unusedDirectory() throws IOException {
    for (int i = 1; ; i++) {
      try {
        return Files.createDirectory(path.resolve("earlier-" + i));
      } catch (FileAlreadyExistsException e) {
        // The next number.
      }
    }
  }
}
