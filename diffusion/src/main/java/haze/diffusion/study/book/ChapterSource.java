package haze.diffusion.study.book;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The source of a chapter, taken apart into text and code.
///
/// It is read line by line, which the formatting makes safe: members of the class are indented by
/// two, and end with a line whose brackets are closed and which ends with `;` or `}`.
///
/// @param path of the file, from the root of the repository
/// @param imports the full names of classes by their simple ones
/// @param intro the class: its comment, and what stands before the first section
/// @param sections the methods `public void name(Page page)` in their order
record ChapterSource(String path, Map<String, String> imports, Part intro, List<Part> sections) {
  private static final Pattern IMPORT = Pattern.compile("^import ([\\w.]+\\.(\\w+));$");
  private static final Pattern SECTION =
      Pattern.compile("(?s)^public void (\\w+)\\(Page page\\)[^{]*\\{\n(.*)\n}$");
  private static final Pattern LITERAL =
      Pattern.compile("\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])+'|//.*");
  private static final int INDENT = 2;

  ChapterSource {
    imports = Map.copyOf(imports);
    sections = List.copyOf(sections);
  }

  /// Text and code of a section, or of the class.
  ///
  /// @param name of the method, or of the class
  /// @param title its heading
  /// @param text the rest of the comment, as Markdown
  /// @param code what the method does; empty for the class
  /// @param line where it stands in the file, from 1
  /// @param helpers what follows in the file before the next section
  record Part(String name, String title, String text, String code, int line, List<Helper> helpers) {
    Part {
      helpers = List.copyOf(helpers);
    }
  }

  /// A constant, a method or a type that sections use.
  ///
  /// @param text its comment, as Markdown
  /// @param code its declaration
  record Helper(String text, String code) {}

  /// Reads the source of a chapter, which lies beside its class.
  ///
  /// @throws IOException if it is not there
  static ChapterSource of(Chapter chapter) throws IOException {
    Class<?> type = chapter.getClass();
    try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".java")) {
      if (in == null) {
        throw new IOException("this build of Haze lacks the source of " + type.getName());
      }
      String path = file(type.getName());
      return parse(path, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /// {@return the file of a class, from the root of the repository}
  ///
  /// @param name its full name, which begins with `haze.` and the module's
  static String file(String name) {
    return name.replaceFirst("^haze\\.(\\w+).*", "$1")
        + "/src/main/java/"
        + name.replace('.', '/')
        + ".java";
  }

  /// Takes a source apart.
  static ChapterSource parse(String path, String source) {
    List<String> lines = source.lines().toList();
    Map<String, String> imports = new HashMap<>();
    int i = 0;
    for (; !lines.get(i).startsWith("///"); i++) {
      Matcher matcher = IMPORT.matcher(lines.get(i));
      if (matcher.matches()) {
        imports.put(matcher.group(2), matcher.group(1));
      }
    }
    int line = i + 1;
    String comment = comment(lines, i);
    while (!lines.get(i).endsWith("{")) {
      i++;
    }
    String name = lines.get(i).replaceFirst(".*\\b(?:class|record) (\\w+).*", "$1");
    Part current = part(name, comment, "", line);
    List<Part> parts = new ArrayList<>();
    List<Helper> helpers = new ArrayList<>();
    for (i++; i < lines.size() && !lines.get(i).equals("}"); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      line = i + 1;
      comment = comment(lines, i);
      i += (int) lines.subList(i, lines.size()).stream().takeWhile(ChapterSource::isText).count();
      int end = end(lines, i);
      String code = unindented(lines.subList(i, end + 1), INDENT);
      i = end;
      Matcher section = SECTION.matcher(code);
      if (section.matches()) {
        parts.add(with(current, helpers));
        helpers.clear();
        String body = unindented(section.group(2).lines().toList(), INDENT);
        current = part(section.group(1), comment, body, line);
      } else if (!code.startsWith("@Override")) {
        helpers.add(new Helper(comment, code));
      }
    }
    parts.add(with(current, helpers));
    return new ChapterSource(path, imports, parts.getFirst(), parts.subList(1, parts.size()));
  }

  private static boolean isText(String line) {
    return line.strip().startsWith("///");
  }

  /// The comment that begins at a line, without its slashes.
  private static String comment(List<String> lines, int from) {
    return lines.subList(from, lines.size()).stream()
        .takeWhile(ChapterSource::isText)
        .map(line -> line.strip().replaceFirst("^/// ?", ""))
        .collect(Collectors.joining("\n"));
  }

  /// The last line of the member that begins at a line.
  private static int end(List<String> lines, int from) {
    int depth = 0;
    for (int i = from; i < lines.size(); i++) {
      String line = LITERAL.matcher(lines.get(i)).replaceAll("");
      depth += (int) line.chars().filter(c -> c == '{').count();
      depth -= (int) line.chars().filter(c -> c == '}').count();
      if (depth == 0 && (line.endsWith(";") || line.endsWith("}"))) {
        return i;
      }
    }
    throw new IllegalStateException("line " + (from + 1) + ": a member without an end");
  }

  private static String unindented(List<String> lines, int indent) {
    return lines.stream()
        .map(line -> line.substring(Math.min(indent, line.length())))
        .collect(Collectors.joining("\n"));
  }

  /// A part whose comment begins with a heading.
  private static Part part(String name, String comment, String code, int line) {
    Matcher heading = Pattern.compile("(?s)^#+ ([^\n]+)(.*)$").matcher(comment);
    if (!heading.matches()) {
      throw new IllegalStateException(name + ": its comment does not begin with a heading");
    }
    return new Part(name, heading.group(1), heading.group(2).strip(), code, line, List.of());
  }

  private static Part with(Part part, List<Helper> helpers) {
    return new Part(part.name, part.title, part.text, part.code, part.line, helpers);
  }

  /// {@return the full name of a class of Haze as this file names it}
  Optional<String> fullName(String name) {
    return Optional.ofNullable(name.startsWith("haze.") ? name : imports.get(name))
        .filter(full -> full.startsWith("haze."));
  }
}
