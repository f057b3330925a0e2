package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// JVMs on which a network would crawl.
class SlowJvmTest {
  @ParameterizedTest
  @CsvSource({
    "-Xint, this JVM only interprets",
    "-XX:TieredStopAtLevel=1, runs without its optimising compiler C2",
    "-XX:CompilationMode=quick-only, runs without its optimising compiler C2"
  })
  void aJvmWithoutItsCompilerIsNamedInTheFirstLine(String option, String reason) throws Exception {
    try (ChildJvm jvm = ChildJvm.start(List.of(option), Main.class, "--version")) {
      String line = String.valueOf(jvm.line());
      assertTrue(line.startsWith("haze: Training and sampling will be very slow: "), line);
      assertTrue(line.contains(reason), line);
    }
  }

  @Test
  void aJvmWithEverythingSaysNothing() throws Exception {
    try (ChildJvm jvm = ChildJvm.start(Main.class, "--version")) {
      assertTrue(String.valueOf(jvm.line()).startsWith("haze"));
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  void withoutFusedMultiplyAddNothingIsTrained(@TempDir Path directory) throws Exception {
    Path run = directory.resolve("run");
    try (ChildJvm jvm =
        ChildJvm.start(
            List.of("-XX:-UseFMA"),
            Main.class,
            "train",
            "--preset",
            "tiny",
            "--out",
            run.toString())) {
      String line = String.valueOf(jvm.line());
      assertTrue(line.contains("has no fused multiply-add. Use a CPU with FMA"), line);
      assertEquals("", jvm.rest());
      assertEquals(1, jvm.exitCode());
    }
    assertFalse(Files.exists(run));
  }

  @Test
  void withoutFusedMultiplyAddTheRestWorks() throws Exception {
    try (ChildJvm jvm = ChildJvm.start(List.of("-XX:-UseFMA"), Main.class, "--version")) {
      String line = String.valueOf(jvm.line());
      assertFalse(line.contains("multiply"), line);
      jvm.rest();
      assertEquals(0, jvm.exitCode());
    }
  }
}
