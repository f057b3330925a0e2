package haze.benchmarks.run;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;

/// The commit that classes were built from: the manifest of their jar names it, or, for the
/// directory of a checkout, git.
final class Commit {
  /// Where neither knows.
  static final String UNKNOWN = "unknown";

  private Commit() {}

  /// {@return git's abbreviation of the commit, with `-dirty` behind it if files differ from it}
  static String of(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    if (version != null) {
      return version;
    }
    CodeSource source = type.getProtectionDomain().getCodeSource();
    try {
      if (source != null) {
        Path place = Path.of(source.getLocation().toURI());
        if (Files.isDirectory(place)) {
          return described(place);
        }
      }
    } catch (URISyntaxException e) {
      return UNKNOWN;
    }
    return UNKNOWN;
  }

  static String described(Path directory) {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*")
              .directory(directory.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      git.getOutputStream().close();
      String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.waitFor() == 0 && !text.isEmpty() ? text : UNKNOWN;
    } catch (IOException e) {
      // No git here.
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }
}
