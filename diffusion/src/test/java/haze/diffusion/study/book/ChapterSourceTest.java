package haze.diffusion.study.book;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A source is taken apart into text and code.
class ChapterSourceTest {
  private static final String SOURCE =
      """
      package haze.diffusion.study.chapter;

      import haze.diffusion.process.MarkovChain;
      import java.util.List;

      /// # A title
      ///
      /// What it is about.
      public final class Chapter00Sample implements Chapter {
        private static final String BRACKET = "{";

        /// A matrix.
        private static final double[][] MATRIX = {
          {1, 0},
          {0, 1}
        };

        @Override
        public List<Section> sections() {
          return List.of();
        }

        /// ## First
        ///
        /// Its text,
        /// with a [MarkovChain].
        public void first(Page page) throws IOException {
          if (true) {
            page.toString();
          }

          page.count(2, 1);
        }

        /// A helper.
        private static int helper(
            int a, int b) {
          return a + '}';
        }

        /// ## Second
        public void second(Page page) {
          page.rng();
        }
      }
      """;

  private final ChapterSource source = ChapterSource.parse("Sample.java", SOURCE);

  @Test
  void theClassHasTitleTextAndWhatStandsBeforeTheFirstSection() {
    assertEquals("A title", source.intro().title());
    assertEquals("What it is about.", source.intro().text());
    assertEquals(
        List.of(
            new ChapterSource.Helper("", "private static final String BRACKET = \"{\";"),
            new ChapterSource.Helper(
                "A matrix.",
                "private static final double[][] MATRIX = {\n  {1, 0},\n  {0, 1}\n};")),
        source.intro().helpers());
  }

  @Test
  void aSectionHasTextBodyAndWhatFollowsIt() {
    ChapterSource.Part first = source.sections().getFirst();
    assertEquals("first", first.name());
    assertEquals("First", first.title());
    assertEquals("Its text,\nwith a [MarkovChain].", first.text());
    assertEquals("if (true) {\n  page.toString();\n}\n\npage.count(2, 1);", first.code());
    assertEquals("  /// ## First", SOURCE.lines().toList().get(first.line() - 1));
    assertEquals(1, first.helpers().size());
    assertTrue(first.helpers().getFirst().code().startsWith("private static int helper("));
  }

  @Test
  void sectionsAreInTheOrderOfTheFile() {
    assertEquals(
        List.of("first", "second"),
        source.sections().stream().map(ChapterSource.Part::name).toList());
    assertEquals("page.rng();", source.sections().get(1).code());
    assertEquals("", source.sections().get(1).text());
  }

  @Test
  void classesOfHazeAreKnownByTheirImports() {
    assertEquals(Optional.of("haze.diffusion.process.MarkovChain"), source.fullName("MarkovChain"));
    assertEquals(Optional.of("haze.nn.Conv2d"), source.fullName("haze.nn.Conv2d"));
    assertEquals(Optional.empty(), source.fullName("List"));
    assertEquals("nn/src/main/java/haze/nn/Conv2d.java", ChapterSource.file("haze.nn.Conv2d"));
  }

  @Test
  void aCommentWithoutAHeadingIsRefused() {
    String bare = SOURCE.replace("  /// ## First\n", "");
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> ChapterSource.parse("S.java", bare));
    assertEquals("first: its comment does not begin with a heading", e.getMessage());
  }
}
