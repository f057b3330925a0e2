package haze.nn;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// Finds what other implementations computed; `golden/ORIGIN.md` says which.
public final class GoldenFiles {
  private GoldenFiles() {}

  /// @param name below `golden/`
  /// @return the file
  public static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(GoldenFiles.class.getResource("/golden/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
