package haze.diffusion;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Holds the code of a page to code that tests run.
public final class DocumentedCode {
  private DocumentedCode() {}

  /// Requires that a page shows the region of a test source between `@start` and `@end`.
  ///
  /// @param page its name in `docs`
  /// @param code the source, below `src/test/java/haze/diffusion`
  public static void requireShown(String page, String code) throws IOException {
    String text = Files.readString(Path.of("docs", page));
    String source = Files.readString(Path.of("src/test/java/haze/diffusion", code));
    String region = source.substring(source.indexOf("@start"), source.indexOf("// @end"));
    String shown = region.substring(region.indexOf('\n') + 1).stripIndent().stripTrailing();
    assertTrue(text.contains(shown), () -> "not in " + page + ":\n" + shown);
  }
}
