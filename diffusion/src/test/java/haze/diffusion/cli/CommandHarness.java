package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// Runs `haze` as a person does, in a directory of the test's own.
public abstract class CommandHarness {
  @TempDir protected Path directory;

  protected final StringWriter out = new StringWriter();
  protected final StringWriter err = new StringWriter();

  /// Runs the command; what it prints is in [#out] and [#err].
  protected final int haze(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.execute(new PrintWriter(out), new PrintWriter(err), args);
  }

  protected final Path file(String name) {
    return directory.resolve(name);
  }

  /// Expects a failure of one line, in which files are named without the directory, and nothing
  /// else.
  protected final void assertFails(int code, String line, String... args) {
    assertEquals(code, haze(args));
    assertEquals(
        line + "\n",
        err.toString().replace(directory + "/", "").replace(System.lineSeparator(), "\n"));
    assertEquals("", out.toString());
  }
}
