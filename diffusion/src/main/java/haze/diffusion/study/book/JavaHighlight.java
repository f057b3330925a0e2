package haze.diffusion.study.book;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Colours Java code: comments, texts, keywords, types and numbers.
final class JavaHighlight {
  private static final Pattern TOKEN =
      Pattern.compile(
          """
          (?<comment>//[^\\n]*)\
          |(?<string>"(?:\\\\.|[^"\\\\])*"|'(?:\\\\.|[^'\\\\])+')\
          |(?<keyword>\\b(?:boolean|break|case|class|continue|double|else|extends|false|final|float\
          |for|if|implements|int|interface|long|new|null|private|public|record|return|static|switch\
          |this|throw|throws|true|try|var|void|while|yield)\\b)\
          |(?<type>\\b[A-Z]\\w*[a-z]\\w*\\b)\
          |(?<number>\\b\\d[\\w.]*)\
          """);

  private JavaHighlight() {}

  /// {@return HTML, in which each token is an element of its kind's class}
  static String html(String code) {
    StringBuilder html = new StringBuilder();
    Matcher matcher = TOKEN.matcher(code);
    int end = 0;
    while (matcher.find()) {
      String kind =
          matcher.namedGroups().keySet().stream()
              .filter(name -> matcher.group(name) != null)
              .findFirst()
              .orElseThrow();
      html.append(MarkdownText.escaped(code.substring(end, matcher.start())))
          .append("<span class=\"")
          .append(kind)
          .append("\">")
          .append(MarkdownText.escaped(matcher.group()))
          .append("</span>");
      end = matcher.end();
    }
    return html.append(MarkdownText.escaped(code.substring(end))).toString();
  }
}
