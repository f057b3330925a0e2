package haze.diffusion.study.book;

import haze.diffusion.figure.Png;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes a book as one file of HTML that needs no other: style, scripts, fonts and figures are in
/// it. Formulas are typeset by KaTeX when it is opened.
public final class BookPage {
  /// Where the links to files lead.
  private static final String REPOSITORY = "https://github.com/haze-diffusion/haze/blob/main/";

  /// The fonts of KaTeX that formulas of the book need; those of other alphabets are left out.
  private static final Set<String> FONTS =
      Set.of(
          "AMS-Regular",
          "Caligraphic-Regular",
          "Main-Bold",
          "Main-Italic",
          "Main-Regular",
          "Math-BoldItalic",
          "Math-Italic",
          "Size1-Regular",
          "Size2-Regular",
          "Size3-Regular",
          "Size4-Regular");

  private static final Pattern FONT_FACE =
      Pattern.compile("@font-face\\{[^}]*?url\\(fonts/KaTeX_([\\w-]+)\\.woff2\\)[^}]*\\}");

  private static final Pattern FONT_SOURCES = Pattern.compile("src:url\\([^;}]*");

  private final Book book;
  private final StringBuilder html = new StringBuilder();
  private final Set<String> linked = new TreeSet<>();

  private BookPage(Book book) {
    this.book = book;
  }

  /// Writes the file.
  ///
  /// @throws IOException if it cannot be written
  public static void write(Book book, OutputStream out) throws IOException {
    out.write(new BookPage(book).page().getBytes(StandardCharsets.UTF_8));
  }

  /// {@return the full names of all classes that the book links to}
  static Set<String> linked(Book book) {
    BookPage page = new BookPage(book);
    page.page();
    return Set.copyOf(page.linked);
  }

  private String page() {
    for (int i = 0; i < book.chapters().size(); i++) {
      chapter(i);
    }
    return file("book.html")
        .replace(
            "<!-- licence -->",
            "<!--\nKaTeX, which is part of this file:\n\n" + file("katex/LICENSE") + "-->")
        .replace("/* style */", fonts() + file("book.css"))
        .replace("/* formulas */", file("katex/katex.min.js"))
        .replace("/* script */", file("book.js"))
        .replace("<!-- contents -->", contents())
        .replace("<!-- chapters -->", html);
  }

  private String contents() {
    StringBuilder list = new StringBuilder("<ol>\n");
    for (Book.Written chapter : book.chapters()) {
      MarkdownText text = new MarkdownText(chapter.source(), REPOSITORY);
      list.append("<li value=\"%s\"><a href=\"#%s\">".formatted(chapter.number(), id(chapter)))
          .append(text.inline(chapter.source().intro().title()))
          .append("</a>\n<ul>");
      for (ChapterSource.Part section : chapter.source().sections()) {
        list.append("<li><a href=\"#%s\">".formatted(id(chapter, section)))
            .append(text.inline(section.title()))
            .append("</a></li>\n");
      }
      list.append("</ul></li>\n");
    }
    return list.append("</ol>\n").toString();
  }

  private static String id(Book.Written chapter) {
    return "chapter-" + chapter.number();
  }

  private static String id(Book.Written chapter, ChapterSource.Part section) {
    return id(chapter) + "-" + section.name();
  }

  private void chapter(int index) {
    Book.Written chapter = book.chapters().get(index);
    ChapterSource source = chapter.source();
    MarkdownText text = new MarkdownText(source, REPOSITORY);
    html.append(
        """
        <article id="%s">
        <h1><span class="number">%s</span> %s</h1>
        <p class="file"><a href="%s">%s</a></p>
        """
            .formatted(
                id(chapter),
                chapter.number(),
                text.inline(source.intro().title()),
                REPOSITORY + source.path(),
                source.path().replaceFirst(".*/", "")));
    html.append(text.blocks(source.intro().text()));
    declarations(source.intro().helpers(), text);
    for (int i = 0; i < source.sections().size(); i++) {
      section(chapter, source.sections().get(i), chapter.outputs().get(i), text);
    }
    html.append("<nav class=\"pages\">");
    neighbour(index - 1, "previous", text);
    neighbour(index + 1, "next", text);
    html.append("</nav>\n</article>\n");
    linked.addAll(text.linked());
  }

  private void neighbour(int index, String direction, MarkdownText text) {
    if (index >= 0 && index < book.chapters().size()) {
      Book.Written other = book.chapters().get(index);
      html.append(
          "<a class=\"%s\" href=\"#%s\">%s %s</a>"
              .formatted(
                  direction,
                  id(other),
                  other.number(),
                  text.inline(other.source().intro().title())));
    }
  }

  private void section(
      Book.Written chapter, ChapterSource.Part section, List<Output> outputs, MarkdownText text) {
    String id = id(chapter, section);
    html.append(
        """
        <section id="%s">
        <h2><a class="anchor" href="#%s">%s</a></h2>
        """
            .formatted(id, id, text.inline(section.title())));
    html.append(text.blocks(section.text()));
    boolean asks = outputs.stream().anyMatch(Output.Question.class::isInstance);
    if (asks) {
      // The code would give the answers away.
      html.append("<details class=\"code\"><summary>How the answers are computed</summary>\n");
    }
    html.append(
        "<p class=\"file\"><a href=\"%s\">%s()</a></p>\n"
            .formatted(
                REPOSITORY + chapter.source().path() + "#L" + section.line(), section.name()));
    code(section.code());
    helpers(section.helpers(), text);
    if (asks) {
      html.append("</details>\n");
    }
    outputs(outputs, text);
    html.append("</section>\n");
  }

  private void helpers(List<ChapterSource.Helper> helpers, MarkdownText text) {
    if (!helpers.isEmpty()) {
      html.append("<details class=\"code\"><summary>What it calls</summary>\n");
      declarations(helpers, text);
      html.append("</details>\n");
    }
  }

  /// Those of one line without a comment stand together.
  private void declarations(List<ChapterSource.Helper> helpers, MarkdownText text) {
    StringBuilder lines = new StringBuilder();
    for (ChapterSource.Helper helper : helpers) {
      boolean joins = helper.text().isEmpty() && !helper.code().contains("\n");
      if (!joins && !lines.isEmpty()) {
        code(lines.toString());
        lines.setLength(0);
      }
      if (joins) {
        lines.append(lines.isEmpty() ? "" : "\n").append(helper.code());
      } else {
        html.append(text.blocks(helper.text()));
        code(helper.code());
      }
    }
    if (!lines.isEmpty()) {
      code(lines.toString());
    }
  }

  private void code(String code) {
    html.append("<pre><code>").append(JavaHighlight.html(code)).append("</code></pre>\n");
  }

  /// Checks that follow one another make one list.
  private void outputs(List<Output> outputs, MarkdownText text) {
    boolean inList = false;
    for (Output output : outputs) {
      boolean isCheck = output instanceof Output.Check;
      if (isCheck != inList) {
        html.append(isCheck ? "<ul class=\"checks\">\n" : "</ul>\n");
      }
      inList = isCheck;
      html.append(
          switch (output) {
            case Output.Check check ->
                "<li>%s %s</li>\n".formatted(text.inline(check.statement()), numbers(check));
            case Output.Question question -> question(question, text);
            case Output.NumberTable table -> table(table, text);
            case Output.Drawn drawn -> figure(drawn, text);
          });
    }
    html.append(inList ? "</ul>\n" : "");
  }

  private static String numbers(Output.Check check) {
    return "<span class=\"numbers\"><b>%s</b> %s %s <small>%s</small></span>"
        .formatted(
            Numbers.text(check.value()),
            check.relation(),
            Numbers.text(check.other()),
            MarkdownText.escaped(check.tolerance()));
  }

  private static String question(Output.Question question, MarkdownText text) {
    return """
    <details class="question"><summary>%s</summary>
    <p>%s</p>
    <ul class="checks"><li>%s</li></ul>
    </details>
    """
        .formatted(
            text.inline(question.question()),
            text.inline(question.answer()),
            numbers(question.check()));
  }

  private static String table(Output.NumberTable table, MarkdownText text) {
    return "<figure class=\"table\"><div><table><thead>"
        + row("th", table.header(), text)
        + "</thead><tbody>\n"
        + table.rows().stream().map(row -> row("td", row, text)).collect(Collectors.joining())
        + "</tbody></table></div><figcaption>"
        + text.inline(table.caption())
        + "</figcaption></figure>\n";
  }

  private static String row(String cell, List<String> cells, MarkdownText text) {
    return cells.stream()
        .map(each -> "<%s>%s</%s>".formatted(cell, text.inline(each), cell))
        .collect(Collectors.joining("", "<tr>", "</tr>\n"));
  }

  private static String figure(Output.Drawn drawn, MarkdownText text) {
    String png = Base64.getEncoder().encodeToString(Png.of(drawn.figure().draw()));
    return """
    <figure><img alt="" src="data:image/png;base64,%s">
    <figcaption>%s</figcaption></figure>
    """
        .formatted(png, text.inline(drawn.caption()));
  }

  /// KaTeX's style, its fonts in it.
  private static String fonts() {
    return FONT_FACE
        .matcher(file("katex/katex.min.css"))
        .replaceAll(
            face -> {
              String name = face.group(1);
              return FONTS.contains(name)
                  ? FONT_SOURCES.matcher(face.group()).replaceFirst("src:url(" + font(name) + ")")
                  : "";
            });
  }

  private static String font(String name) {
    return "data:font/woff2;base64,"
        + Base64.getEncoder().encodeToString(bytes("katex/KaTeX_" + name + ".woff2"));
  }

  private static String file(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String name) {
    try (InputStream in = BookPage.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new AssertionError("reading " + name + " of the module", e);
    }
  }
}
