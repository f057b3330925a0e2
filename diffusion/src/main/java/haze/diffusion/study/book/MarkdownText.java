package haze.diffusion.study.book;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Link;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/// Markdown of a chapter as HTML.
///
/// Formulas of LaTeX stand between a dollar sign and a backquote, or in a fenced block of kind
/// `math`, as on GitHub: so neither Markdown nor javadoc takes an underscore or a backslash of them
/// for its own. They become elements of class `math`, which the page's script typesets. Links to
/// classes, `[Posterior#mean]`, lead to their files.
final class MarkdownText {
  private static final Pattern CLASS_LINK =
      Pattern.compile("\\[((?:[a-z]\\w*\\.)*[A-Z]\\w*)((?:#[^\\]\\[]*)?)\\](?!\\()");

  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

  private final ChapterSource source;
  private final String repository;
  private final HtmlRenderer blocks;
  private final HtmlRenderer inline;
  private final Set<String> linked = new LinkedHashSet<>();

  /// @param repository the address that the files of the repository are below
  MarkdownText(ChapterSource source, String repository) {
    this.source = source;
    this.repository = repository;
    HtmlRenderer.Builder renderer =
        HtmlRenderer.builder()
            .extensions(EXTENSIONS)
            .attributeProviderFactory(
                _ ->
                    (node, _, attributes) -> {
                      if (node instanceof Link link && link.getDestination().endsWith(".java")) {
                        attributes.put("class", "type");
                      }
                    });
    blocks = renderer.build();
    inline = renderer.omitSingleParagraphP(true).build();
  }

  /// {@return paragraphs, lists, tables}
  String blocks(String markdown) {
    return blocks.render(parse(markdown));
  }

  /// {@return a single paragraph, without the element around it}
  String inline(String markdown) {
    return inline.render(parse(markdown)).strip();
  }

  /// {@return the full names of the classes that were linked to so far}
  Set<String> linked() {
    return Set.copyOf(linked);
  }

  private Node parse(String markdown) {
    StringBuilder definitions = new StringBuilder("\n\n");
    for (MatchResult link : CLASS_LINK.matcher(markdown).results().toList()) {
      String type =
          source
              .fullName(link.group(1))
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          source.path()
                              + ": a link to "
                              + link.group()
                              + ", which it does not"
                              + " import"));
      linked.add(type);
      definitions
          .append(link.group().replace("\n", " "))
          .append(": ")
          .append(repository)
          .append(ChapterSource.file(type))
          .append('\n');
    }
    Node document = PARSER.parse(markdown + definitions);
    document.accept(new Rewriting());
    return document;
  }

  /// {@return text that may stand in HTML}
  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /// Puts formulas in the place of code, and plain names in links to classes.
  private static final class Rewriting extends AbstractVisitor {
    @Override
    public void visit(Code code) {
      if (code.getPrevious() instanceof Text before
          && code.getNext() instanceof Text after
          && before.getLiteral().endsWith("$")
          && after.getLiteral().startsWith("$")) {
        before.setLiteral(before.getLiteral().substring(0, before.getLiteral().length() - 1));
        after.setLiteral(after.getLiteral().substring(1));
        HtmlInline formula = new HtmlInline();
        formula.setLiteral("<span class=\"math\">" + escaped(code.getLiteral()) + "</span>");
        code.insertAfter(formula);
        code.unlink();
      }
    }

    @Override
    public void visit(FencedCodeBlock block) {
      if (block.getInfo().equals("math")) {
        HtmlBlock formula = new HtmlBlock();
        formula.setLiteral("<div class=\"math\">" + escaped(block.getLiteral()) + "</div>");
        block.insertAfter(formula);
        block.unlink();
      }
    }

    @Override
    public void visit(LinkReferenceDefinition definition) {
      definition.unlink();
    }

    @Override
    public void visit(Link link) {
      if (link.getDestination().endsWith(".java") && link.getFirstChild() instanceof Text text) {
        text.setLiteral(plainName(text.getLiteral()));
      }
      visitChildren(link);
    }

    /// `Posterior.mean` of `haze.diffusion.process.Posterior#mean(Tensor, Tensor, int...)`.
    private static String plainName(String reference) {
      return reference
          .replaceFirst("^(?:[a-z]\\w*\\.)+(?=[A-Z])", "")
          .replaceFirst("\\(.*\\)$", "")
          .replace('#', '.');
    }
  }
}
