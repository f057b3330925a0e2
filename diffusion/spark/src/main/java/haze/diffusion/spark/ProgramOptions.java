package haze.diffusion.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/// The options of the JVM that the program runs with, which executors get as well.
final class ProgramOptions {
  private static final String FILE = "jvm.properties";

  private ProgramOptions() {}

  /// {@return the options, separated by blanks, as `spark.executor.extraJavaOptions` takes them}
  static String read() {
    var properties = new Properties();
    try (InputStream in =
        Objects.requireNonNull(ProgramOptions.class.getResourceAsStream(FILE), FILE)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Objects.requireNonNull(properties.getProperty("options"), "options");
  }
}
