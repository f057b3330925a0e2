package haze.diffusion.cli;

import haze.diffusion.io.JsonLine;
import haze.nn.file.PrintableText;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// What every command has that prints: for people, the result alone, or JSON for programs.
///
/// | | progress and remarks | warnings | result |
/// | --- | --- | --- | --- |
/// | | standard output | standard output | text |
/// | `--quiet` | | standard error | text |
/// | `--json` | | an object | an object |
public final class ConsoleOptions {
  private static final String WARNING = "warning: ";

  @Option(
      names = "--quiet",
      scope = ScopeType.INHERIT,
      description = "print the result alone; warnings and failures on standard error")
  private boolean quiet;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "print for programs: a JSON object a line, and no progress")
  private boolean json;

  private PrintWriter out = new PrintWriter(Writer.nullWriter());
  private PrintWriter err = out;

  /// Made by picocli.
  ConsoleOptions() {}

  /// {@return those of a command, which are those of `haze`}
  public static ConsoleOptions of(CommandSpec command) {
    ConsoleOptions options = ((Main) command.root().userObject()).console;
    options.out = command.commandLine().getOut();
    options.err = command.commandLine().getErr();
    return options;
  }

  /// {@return whether objects are printed in the place of text}
  public boolean isJson() {
    return json;
  }

  /// {@return whether progress and remarks are not shown}
  public boolean isQuiet() {
    return quiet || json;
  }

  /// {@return where progress and remarks go}
  public PrintWriter progress() {
    return isQuiet() ? new PrintWriter(Writer.nullWriter()) : out;
  }

  /// {@return where a result goes as text}
  public PrintWriter text() {
    return json ? new PrintWriter(Writer.nullWriter()) : out;
  }

  /// Prints an object, if it is for a program.
  public void event(String name, JsonLine members) {
    if (json) {
      out.println(new JsonLine().put("event", name).putAll(members));
      out.flush();
    }
  }

  /// Prints a result.
  ///
  /// @param name of the event that it is in JSON
  /// @param text the same for people
  public void result(String name, JsonLine members, String... text) {
    List.of(text).forEach(line -> text().println(PrintableText.harmless(line)));
    event(name, members);
  }

  /// Prints that a file was written.
  public void wrote(Path file) {
    result("wrote", new JsonLine().put("file", file.toString()), "wrote " + file);
  }

  /// Prints a result that has no other form than text.
  public void text(List<String> lines) {
    result("text", new JsonLine().put("lines", lines), lines.toArray(String[]::new));
  }

  /// Warns of something that does not keep the command from its work.
  public void warn(String problem) {
    (quiet && !json ? err : text()).println(WARNING + PrintableText.harmless(problem));
    event("warning", new JsonLine().put("message", problem));
  }

  /// Prints a remark, which begins with `warning: ` if it is one.
  public void note(String remark) {
    if (remark.startsWith(WARNING)) {
      warn(remark.substring(WARNING.length()));
    } else {
      progress().println(PrintableText.harmless(remark));
      event("note", new JsonLine().put("message", remark));
    }
  }
}
