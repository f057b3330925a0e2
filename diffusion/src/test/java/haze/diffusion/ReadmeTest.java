package haze.diffusion;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the READMEs show is what is there.
class ReadmeTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @Test
  void theFirstScreenQuotesAProgramThatIsBuiltAndRun() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String block = readme.substring(readme.indexOf("```java\n") + "```java\n".length());
    List<String> quoted = code(block.substring(0, block.indexOf("\n}\n```")));
    assertTrue(quoted.size() >= 8, quoted.toString());
    List<String> program =
        code(
            Files.readString(
                Path.of("src/it/train-own-arrays/src/main/java/own/TrainOwnArrays.java")));
    assertTrue(
        Collections.indexOfSubList(program, quoted) >= 0,
        "not in TrainOwnArrays.java as it stands: " + String.join("\n", quoted));
  }

  @Test
  void everyLinkInADocumentLeadsToAFile() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path document : files.filter(ReadmeTest::isDocument).toList()) {
        for (String part : Files.readString(document).split("\\]\\(")) {
          String target = part.substring(0, Math.max(0, part.indexOf(')'))).replaceFirst("#.*", "");
          boolean isFile = target.matches("[\\w./-]+\\.\\w+|(\\.\\./)*[\\w/-]+/[\\w./-]*");
          assertTrue(
              !isFile || Files.exists(document.resolveSibling(target)), document + ": " + target);
        }
      }
    }
  }

  private static boolean isDocument(Path file) {
    String path = ROOT.relativize(file).toString();
    return path.endsWith(".md") && !path.contains("target/");
  }

  private static List<String> code(String text) {
    return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
