package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Formulas of the repository's pages are shown as they are meant.
///
/// A formula between plain dollars is read as Markdown first, which takes the backslash away from a
/// punctuation mark: the space `\,` becomes a comma, and the norm `\|` a bar. Between a dollar and
/// a backquote, and in a block of kind `math`, everything stays.
class MarkdownFormulasTest {
  private static final Pattern SAFE = Pattern.compile("(?s)```.*?```|\\$`.*?`\\$|`[^`]*`");
  private static final Pattern FORMULA = Pattern.compile("(?s)\\$\\$.+?\\$\\$|\\$[^$\n]+\\$");
  private static final Pattern TORN = Pattern.compile("\\\\\\p{Punct}");

  static List<String> torn(String markdown) {
    return FORMULA
        .matcher(SAFE.matcher(markdown).replaceAll(" "))
        .results()
        .map(MatchResult::group)
        .filter(formula -> TORN.matcher(formula).find())
        .toList();
  }

  private static List<Path> pages() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(root.resolve(".mvn"))) {
      root = root.getParent();
    }
    Path top = root;
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !top.relativize(file).toString().contains("target"))
          .toList();
    }
  }

  @Test
  void noFormulaLosesItsBackslashes() throws IOException {
    List<Path> pages = pages();
    assertTrue(pages.stream().anyMatch(page -> page.endsWith("docs/mathematics.md")));
    List<String> problems = new ArrayList<>();
    for (Path page : pages) {
      torn(Files.readString(page)).forEach(formula -> problems.add(page + ": " + formula));
    }
    assertEquals(List.of(), problems);
  }

  @Test
  void aBackslashBeforePunctuationIsFoundInPlainDollarsAlone() {
    assertEquals(List.of("$a\\,b$"), torn("$a\\,b$ and $`a\\,b`$ and `$a\\,b$` and $\\alpha b$"));
    assertEquals(List.of("$$a\n\\|b$$"), torn("$$a\n\\|b$$\n```math\na\\;b\n```\n"));
  }
}
