package haze.diffusion.study.book;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Formulas and links of a chapter's Markdown.
class MarkdownTextTest {
  private final MarkdownText text =
      new MarkdownText(
          new ChapterSource(
              "Sample.java",
              Map.of("Posterior", "haze.diffusion.process.Posterior", "List", "java.util.List"),
              new ChapterSource.Part("", "", "", "", 1, List.of()),
              List.of()),
          "https://example.org/");

  @Test
  void formulasStayAsTheyAre() {
    assertEquals(
        "so <span class=\"math\">a_t * b_t \\, \\{x\\} &lt; c</span>, not <code>$x</code>",
        text.inline("so $`a_t * b_t \\, \\{x\\} < c`$, not `$x`"));
    assertEquals(
        "<div class=\"math\">a_1\n= b\n- c &amp; d \\\\\n</div>\n",
        text.blocks("```math\na_1\n= b\n- c & d \\\\\n```"));
  }

  @Test
  void classesAreLinksToTheirFiles() {
    String file =
        "https://example.org/diffusion/src/main/java/haze/diffusion/process/Posterior.java";
    String plain = "<a href=\"%s\" class=\"type\">%s</a>";
    assertEquals(
        plain.formatted(file, "Posterior").replace("", ""),
        text.inline("[Posterior]").replace("", ""));
    assertEquals(
        plain.formatted(file, "Posterior.mean").replace("", ""),
        text.inline("[Posterior#mean]").replace("", ""));
    assertEquals(Set.of("haze.diffusion.process.Posterior"), text.linked());
    assertThrows(IllegalStateException.class, () -> text.inline("[List]"));
    assertEquals("<a href=\"#x\">List</a>", text.inline("[List](#x)"));
  }

  @Test
  void codeIsColouredAndEscaped() {
    assertEquals(
        "<span class=\"keyword\">int</span> a = <span class=\"number\">1_000</span>; "
            + "<span class=\"type\">List</span>&lt;B&gt; "
            + "<span class=\"string\">\"int // \\\"\"</span> "
            + "<span class=\"comment\">// if &lt;</span>",
        JavaHighlight.html("int a = 1_000; List<B> \"int // \\\"\" // if <"));
  }
}
