package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The application jar, as `spark-submit` starts it: behind the jars of Spark.
class AppJarIT {
  private static final Path APP = Path.of(System.getProperty("haze.app"));

  /// The jars of the class path of which nothing is in the application jar: Spark's and the tests'.
  private static List<Path> others = List.of();

  /// Those of which a part is.
  private static List<Path> parts = List.of();

  @BeforeAll
  static void sort() throws IOException {
    Set<String> app = classes(APP);
    List<Path> disjoint = new ArrayList<>();
    List<Path> overlapping = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      if (Files.isRegularFile(jar) && !jar.getFileName().toString().startsWith("haze-")) {
        Set<String> classes = classes(jar);
        long shared = classes.stream().filter(app::contains).count();
        if (shared == 0) {
          disjoint.add(jar);
        } else if (shared < classes.size()) {
          overlapping.add(jar);
        }
      }
    }
    others = List.copyOf(disjoint);
    parts = List.copyOf(overlapping);
  }

  @Test
  void libraryIsInTheJarAsAWholeOrNotAtAll() {
    assertEquals(List.of(), parts);
  }

  @Test
  void nothingOfSparkIsInTheJar() throws Exception {
    var spark =
        Path.of(SparkSubmit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertTrue(others.contains(spark), spark::toString);
    for (String name : classes(APP)) {
      assertFalse(name.startsWith("org/apache/") || name.startsWith("scala/"), name);
      assertFalse(name.startsWith("com/fasterxml/jackson/core/"), name);
      assertFalse(name.startsWith("org/xerial/"), name);
    }
  }

  @Test
  void sparkSubmitStartsTheProgram(@TempDir Path directory) throws Exception {
    Path run = directory.resolve("run");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.add("-Xmx1g");
    command.add("-cp");
    command.add(
        others.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    command.addAll(List.of(SparkSubmit.class.getName(), "--master", "local[2]"));
    command.add(APP.toString());
    command.addAll(List.of("train", "--preset", "tiny", "--steps", "1", "--out", run.toString()));
    command.addAll(List.of("--executors", "2"));
    Path output = directory.resolve("output");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    assertEquals(0, code, () -> text(output));
    assertTrue(Files.exists(run.resolve("model_index.json")), () -> text(output));
    String version = APP.getFileName().toString().replaceAll("haze-spark-|-app.jar", "");
    String session = Files.readString(run.resolve("training/session.json"));
    assertTrue(session.contains(version), session);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Set<String> classes(Path jar) throws IOException {
    try (var file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
          .collect(Collectors.toUnmodifiableSet());
    }
  }
}
