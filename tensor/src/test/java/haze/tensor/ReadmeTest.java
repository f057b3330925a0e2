package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  private static final Path EXAMPLES = Path.of("src/test/java/haze/tensor/TensorExamplesTest.java");
  private static final Path TILES = Path.of("src/main/java/haze/tensor/kernel/RowTiles.java");
  private static final Path README = Path.of("README.md");

  @Test
  void everyBlockOfJavaIsAnExampleOrAPartOfATile() throws IOException {
    List<String> regions =
        blocks("(?s)// @start region=\"[a-z]+\"\n(.*?)// @end", Files.readString(EXAMPLES));
    String tiles = Files.readString(TILES).replaceAll("(?m)^ +", "");
    List<String> quoted = blocks("(?s)```java\n(.*?)```", Files.readString(README));
    assertFalse(quoted.isEmpty());
    for (String block : quoted) {
      assertTrue(
          regions.contains(block) || tiles.contains(block),
          () -> "neither an example nor a part of a tile:\n" + block);
    }
  }

  @Test
  void everyLinkedFileExists() throws IOException {
    List<String> links =
        blocks("\\]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)", Files.readString(README));
    assertFalse(links.isEmpty());
    for (String link : links) {
      assertTrue(Files.exists(Path.of(link)), () -> "no such file: " + link);
    }
  }

  /// The first group of each match, without what indents all its lines.
  private static List<String> blocks(String pattern, String text) {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      blocks.add(matcher.group(1).stripTrailing().stripIndent());
    }
    return blocks;
  }
}
