package haze.diffusion;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A JVM of its own with this one's classes, which can be sent signals.
public final class ChildJvm implements AutoCloseable {
  private static final List<String> NUMBERED = List.of("", "HUP", "INT");
  private static final int MOST_SECONDS = 60;

  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  /// {@return a JVM that runs a class}
  ///
  /// @param main has a method main
  /// @param arguments its arguments
  public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
    return start(List.of(), main, arguments);
  }

  /// {@return a JVM with further options that runs a class}
  ///
  /// @param options the JVM's
  /// @param main has a method main
  /// @param arguments its arguments
  public static ChildJvm start(List<String> options, Class<?> main, String... arguments)
      throws IOException {
    String classes =
        Stream.of("java.class.path", "jdk.module.path", "jdk.module.patch")
            .map(System::getProperty)
            .filter(Objects::nonNull)
            .collect(Collectors.joining(File.pathSeparator));
    for (Class<?> own : List.of(main, ChildJvm.class)) {
      classes += File.pathSeparator + Path.of(location(own));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules=jdk.incubator.vector", "-Xmx1g"));
    command.addAll(options);
    command.addAll(List.of("-cp", classes, main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JDK_JAVA_OPTIONS");
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return new ChildJvm(builder.start());
  }

  private static java.net.URI location(Class<?> type) {
    try {
      return type.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// {@return whether signals cannot be sent, or processes that this one starts ignore it, as those
  /// of a shell's background do SIGINT}
  public static boolean ignores(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    int number = NUMBERED.indexOf(signal);
    if (!Files.exists(status)) {
      return true;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return number > 0
          && lines
              .filter(line -> line.startsWith("SigIgn:"))
              .anyMatch(
                  line ->
                      (Long.parseUnsignedLong(line.split("\\s+")[1], 16) >> number - 1 & 1) == 1);
    }
  }

  /// Sends a signal.
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-s", name, Long.toString(process.pid())).start().waitFor();
  }

  /// {@return the next line that it prints, without the JVM's own warning; null at the end}
  public @Nullable String line() throws IOException {
    String line = output.readLine();
    return line != null && line.startsWith("WARNING: Using incubator") ? line() : line;
  }

  /// {@return the rest of what it prints}
  public String rest() throws IOException {
    return output.lines().collect(Collectors.joining("\n"));
  }

  /// {@return whether it has not ended}
  public boolean isAlive() {
    return process.isAlive();
  }

  /// {@return the exit code, when it has ended}
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
