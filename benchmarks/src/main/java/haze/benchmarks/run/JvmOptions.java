package haze.benchmarks.run;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// The options of the JVMs that are measured: the program's own, which the build copies from the
/// root `pom.xml`, so that a score holds for the program wherever the benchmarks run.
final class JvmOptions {
  private static final String FILE = "jvm.options";

  private JvmOptions() {}

  static List<String> read() throws IOException {
    try (var in = JvmOptions.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new FileNotFoundException(FILE + " is missing beside the classes: build with Maven");
      }
      return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split("\\s+"));
    }
  }

  /// The same options of JMH with the program's for the JVMs before all others, which so win: the
  /// caller's `-jvmArgs...`, and what JMH hands on of the JVM that it runs in.
  static Options before(Options options) throws IOException {
    List<String> first = new ArrayList<>(read());
    List<String> inherited =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !first.contains(argument))
            .toList();
    first.addAll(options.getJvmArgsPrepend().orElse(List.of()));
    ChainedOptionsBuilder builder =
        new OptionsBuilder().parent(options).jvmArgsPrepend(first.toArray(String[]::new));
    if (!options.getJvmArgs().hasValue()) {
      builder.jvmArgs(inherited.toArray(String[]::new));
    }
    return builder.build();
  }
}
