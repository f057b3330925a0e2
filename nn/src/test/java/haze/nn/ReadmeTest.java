package haze.nn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The README keeps up with the code.
class ReadmeTest {
  private static final Path MAIN = Path.of("src/main/java/haze/nn");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)[^)]*\\)");
  private static final Pattern JAVA =
      Pattern.compile("^ *```java\n(.*?)^ *```", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern REGION =
      Pattern.compile("// @start region=\"[\\w-]+\"\n(.*?)\n *// @end", Pattern.DOTALL);

  private final String readme;

  ReadmeTest() throws IOException {
    readme = Files.readString(Path.of("README.md"));
  }

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
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
  void itsReadingOrderHasEveryPublicClass() throws IOException {
    int from = readme.indexOf("## Reading order");
    String order = readme.substring(from, readme.indexOf("\n## ", from));
    for (Path file : sources(MAIN)) {
      String name = file.getFileName().toString().replace(".java", "");
      boolean isPublic =
          Pattern.compile("^public .*\\b" + name + "\\b", Pattern.MULTILINE)
              .matcher(Files.readString(file))
              .find();
      if (isPublic && !name.endsWith("Exception")) {
        assertTrue(order.contains("[" + name + "]("), name);
      }
    }
  }

  @Test
  void itsJavaIsThatOfTestsThatRun() throws IOException {
    List<String> regions = new ArrayList<>();
    for (Path test : sources(Path.of("src/test/java"))) {
      REGION
          .matcher(Files.readString(test))
          .results()
          .forEach(region -> regions.add(region.group(1).stripTrailing().stripIndent()));
    }
    List<String> examples =
        JAVA.matcher(readme)
            .results()
            .map(example -> example.group(1).stripTrailing().stripIndent())
            .toList();
    assertFalse(examples.isEmpty());
    for (String example : examples) {
      assertTrue(regions.contains(example), () -> "in no region of a test:\n" + example);
    }
  }
}
