import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.StringWrapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Checks or mends the formatting of all sources: google-java-format, comments and annotations
/// included, and no line beyond 100 columns.
///
/// It runs in a JVM of its own, because the formatter needs the JDK that the sources are for, and
/// Maven may run on an older one. Two exceptions: the kernels, whose argument lists and formulas are
/// set by hand (Eclipse's formatter keeps those, see the root pom), are only held to the limit; and
/// within a text block a line may be as long as the text.
///
/// ```
/// java -cp google-java-format-all-deps.jar Format.java check|apply DIRECTORY
/// ```
final class Format {
  private static final int LIMIT = 100;

  /// `diffusion/spark` lies inside another module.
  private static final int MODULE_DEPTH = 2;

  private static final Path KERNELS = Path.of("tensor/src/main/java/haze/tensor/kernel");

  private Format() {}

  static void main(String[] args) throws IOException, FormatterException {
    boolean apply = args[0].equals("apply");
    Path root = Path.of(args[1]);
    List<String> problems = new ArrayList<>();
    for (Path file : sources(root)) {
      String text = Files.readString(file);
      if (!file.startsWith(root.resolve(KERNELS))) {
        String formatted = formatted(text);
        if (!formatted.equals(text)) {
          if (apply) {
            Files.writeString(file, formatted);
            text = formatted;
          } else {
            problems.add(root.relativize(file) + ": is not formatted");
          }
        }
      }
      longLines(text).forEach(line -> problems.add(root.relativize(file) + ":" + line));
      tornCode(text).forEach(line -> problems.add(root.relativize(file) + ":" + line));
    }
    problems.forEach(System.err::println);
    if (!problems.isEmpty()) {
      System.err.println("To mend the formatting: mvn -N verify -Dformat=apply");
      System.exit(1);
    }
  }

  private static List<Path> sources(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.walk(root, MODULE_DEPTH)) {
      for (Path module : modules.sorted().toList()) {
        if (Files.isDirectory(module.resolve("src"))) {
          try (Stream<Path> files = Files.walk(module.resolve("src"))) {
            files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(found::add);
          }
        }
      }
    }
    return found;
  }

  private static String formatted(String text) throws FormatterException {
    var formatter = new Formatter(JavaFormatterOptions.defaultOptions());
    String once = StringWrapper.wrap(formatter.formatSourceAndFixImports(text), formatter);
    // A comment that is broken anew may be filled better by a second round.
    return once.equals(text) ? once : StringWrapper.wrap(formatter.formatSource(once), formatter);
  }

  private static List<String> longLines(String text) {
    List<String> found = new ArrayList<>();
    boolean inBlock = false;
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      boolean delimiter = line.split("\"\"\"", -1).length % 2 == 0;
      if (!inBlock && !delimiter && line.length() > LIMIT) {
        found.add(number + ": has " + line.length() + " columns, expected at most " + LIMIT);
      }
      inBlock ^= delimiter;
    }
    return found;
  }

  /// Lines of a Markdown comment that continue a code span and begin like an item of a list: the
  /// formatter breaks a formula before its minus, and Markdown then ends the span and begins a list.
  private static List<String> tornCode(String text) {
    List<String> found = new ArrayList<>();
    boolean inSpan = false;
    boolean inFence = false;
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String comment = line.strip();
      if (!comment.startsWith("///")) {
        inSpan = false;
        inFence = false;
        continue;
      }
      String content = comment.substring("///".length()).strip();
      if (content.startsWith("```")) {
        inFence = !inFence;
        inSpan = false;
      } else if (!inFence) {
        if (inSpan && content.matches("([-+*>#]|\\d+[.)])(\\s.*)?")) {
          found.add(number + ": a code span continues like a list: " + content);
        }
        boolean odd = content.chars().filter(c -> c == '`').count() % 2 == 1;
        inSpan = !content.isEmpty() && inSpan ^ odd;
      }
    }
    return found;
  }
}
