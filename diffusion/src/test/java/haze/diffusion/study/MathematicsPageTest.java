package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `docs/mathematics.md` keeps up with the code.
class MathematicsPageTest {
  private static final Path FOLDER = Path.of("docs");

  /// The name of a class, perhaps with a member, and the file that it links to.
  private static final Pattern CODE = Pattern.compile("\\[`(\\w+)(?:\\.(\\w+))?`]\\(([^)]+)\\)");

  private static final Pattern LINK = Pattern.compile("]\\(([^)#]*)(?:#([^)]*))?\\)");
  private static final Pattern EVENING =
      Pattern.compile("^\\| \\d \\|.*\\| ([\\d,]+) \\|$", Pattern.MULTILINE);
  private static final int MOST_WORDS = 80;

  private final String page;

  MathematicsPageTest() throws IOException {
    page = Files.readString(FOLDER.resolve("mathematics.md"));
  }

  private static List<MatchResult> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  private static String read(String link) throws IOException {
    return Files.readString(FOLDER.resolve(link));
  }

  @Test
  void everyClassIsInTheFileThatItLinksTo() {
    List<MatchResult> names = all(CODE, page);
    assertTrue(names.size() > 150, "only " + names.size() + " names are found");
    for (MatchResult name : names) {
      assertEquals(
          name.group(1) + ".java", Path.of(name.group(3)).getFileName().toString(), name.group());
    }
  }

  @Test
  void everyMemberIsDeclaredThere() throws IOException {
    for (MatchResult name : all(CODE, page)) {
      if (name.group(2) != null) {
        // A method, a constant of an enum, a nested class, or a component of a record.
        Pattern declared =
            Pattern.compile(
                "^ {2,4}(?!/|\\*).*\\b(?:"
                    + name.group(2)
                    + "\\(.*|"
                    + name.group(2)
                    + "(?: \\{| =|[,;]))"
                    + "|\\brecord .*[( ]"
                    + name.group(2)
                    + "[,)]",
                Pattern.MULTILINE);
        assertTrue(declared.matcher(read(name.group(3))).find(), name.group());
      }
    }
  }

  @Test
  void everyLinkLeadsToAFileAndToAHeadingThere() throws IOException {
    for (MatchResult link : all(LINK, page)) {
      String target = link.group(1).isEmpty() ? "mathematics.md" : link.group(1);
      assertTrue(Files.isRegularFile(FOLDER.resolve(target)), link.group());
      if (link.group(2) != null) {
        List<String> headings =
            read(target)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(MathematicsPageTest::anchor)
                .toList();
        assertTrue(headings.contains(link.group(2)), link.group() + " of " + headings);
      }
    }
  }

  /// A heading as links write it.
  private static String anchor(String heading) {
    return heading
        .replaceFirst("^#+ ", "")
        .toLowerCase()
        .replaceAll("[^\\w\\- ]", "")
        .replace(' ', '-');
  }

  @Test
  void theEveningsAreAsLongAsTheySay() throws IOException {
    List<MatchResult> evenings = all(EVENING, page);
    assertEquals(6, evenings.size());
    for (MatchResult evening : evenings) {
      long lines = 0;
      for (MatchResult file : all(CODE, evening.group())) {
        lines += read(file.group(3)).lines().count();
      }
      double stated = Double.parseDouble(evening.group(1).replace(",", ""));
      assertEquals(1, lines / stated, 0.15, lines + " lines: " + evening.group());
    }
  }

  @Test
  void noParagraphIsLong() {
    for (String paragraph : page.replaceAll("(?s)```.*?```", "").split("\n\\s*\n")) {
      boolean isText = !paragraph.strip().startsWith("|") && !paragraph.strip().startsWith("- ");
      int words = paragraph.replaceAll("]\\([^)]*\\)", "]").split("\\s+").length;
      assertTrue(!isText || words <= MOST_WORDS, words + " words: " + paragraph);
    }
  }
}
