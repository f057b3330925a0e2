package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The README keeps up with the code.
class ReadmeTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| \\[(\\w+)]\\(([^)]+)\\) \\| [^|]+ \\| [^|]+ \\|$", Pattern.MULTILINE);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile("// @start region=\"[\\w-]+\"\n(.*?)\n *// @end", Pattern.DOTALL);

  private final String readme;

  ReadmeTest() throws IOException {
    readme = Files.readString(Path.of("README.md"));
  }

  @Test
  void everyOperationHasItsRowInTheTableOfDerivatives() throws IOException {
    int from = readme.indexOf("## Table of derivatives");
    String table = readme.substring(from, readme.indexOf("\n## ", from));
    List<MatchResult> rows = ROW.matcher(table).results().toList();
    assertEquals(
        OperationsTest.operations(),
        rows.stream().map(row -> row.group(1)).collect(Collectors.toCollection(TreeSet::new)));
    assertEquals(rows.size(), Set.copyOf(rows.stream().map(row -> row.group(1)).toList()).size());
    for (MatchResult row : rows) {
      assertEquals("src/main/java/haze/autograd/" + row.group(1) + ".java", row.group(2));
    }
  }

  @Test
  void itsLinksLeadToFiles() {
    LINK.matcher(readme)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.startsWith("https:"))
        .forEach(link -> assertTrue(Files.isRegularFile(Path.of(link)), link));
  }

  @Test
  void itsJavaIsThatOfTestsThatRun() throws IOException {
    List<String> regions = new ArrayList<>();
    try (Stream<Path> tests = Files.walk(Path.of("src/test/java"))) {
      for (Path test : tests.filter(path -> path.toString().endsWith(".java")).toList()) {
        REGION
            .matcher(Files.readString(test))
            .results()
            .forEach(region -> regions.add(region.group(1).stripTrailing().stripIndent()));
      }
    }
    List<String> examples = JAVA.matcher(readme).results().map(e -> e.group(1).strip()).toList();
    assertFalse(examples.isEmpty());
    for (String example : examples) {
      assertTrue(regions.contains(example), () -> "in no region of a test:\n" + example);
    }
  }
}
