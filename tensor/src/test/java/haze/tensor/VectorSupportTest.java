package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// With the system properties that the JVMs named here have.
class VectorSupportTest {
  private static final String HOTSPOT = "OpenJDK 64-Bit Server VM";
  private static final String MIXED = "mixed mode, sharing";

  private static Optional<String> problem(String name, String info, String arch, int bits) {
    return problem(name, info, arch, bits, true);
  }

  private static Optional<String> problem(
      String name, String info, String arch, int bits, boolean fused) {
    return VectorSupport.problem(
        Map.of("java.vm.name", name, "java.vm.info", info, "os.arch", arch)::get, bits, fused);
  }

  @Test
  void nothingIsWrongWithHotSpotOnVectors() {
    assertEquals(Optional.empty(), problem(HOTSPOT, MIXED, "amd64", 512));
    assertEquals(Optional.empty(), problem(HOTSPOT, "mixed mode", "x86_64", 256));
    assertEquals(Optional.empty(), problem(HOTSPOT, MIXED, "aarch64", 128));
    assertEquals(Optional.empty(), problem(HOTSPOT, MIXED, "amd64", 128));
    assertEquals(Optional.empty(), problem(HOTSPOT, "compiled mode, sharing", "amd64", 256));
    assertEquals(
        Optional.empty(), problem("Java HotSpot(TM) 64-Bit Server VM", MIXED, "amd64", 256));
  }

  @Test
  void anotherJvmIsNamed() {
    assertProblem(
        problem("Eclipse OpenJ9 VM", "JRE 25 Linux amd64-64-Bit", "amd64", 256),
        "Eclipse OpenJ9 VM",
        "Use a HotSpot JVM");
    assertProblem(
        problem("OpenJDK 64-Bit Zero VM", "interpreted mode", "riscv64", 64),
        "OpenJDK 64-Bit Zero VM",
        "Use a HotSpot JVM");
  }

  @Test
  void aJvmWithoutItsCompilersIsNamed() {
    assertProblem(
        problem(HOTSPOT, "interpreted mode, sharing", "amd64", 512),
        "interpreted mode, sharing",
        "without -Xint");
    assertProblem(
        problem(HOTSPOT, "mixed mode, emulated-client, sharing", "amd64", 512),
        "emulated-client",
        "-XX:TieredStopAtLevel");
  }

  @Test
  void aMachineWithoutUsableVectorsIsNamed() {
    assertProblem(
        problem(HOTSPOT, MIXED, "riscv64", 64), "(riscv64) offers vectors of 64 bits", "NEON");
    assertProblem(
        problem(HOTSPOT, MIXED, "aarch64", 64), "(aarch64) offers vectors of 64 bits", "NEON");
    assertProblem(
        problem(HOTSPOT, MIXED, "x86_64", 64),
        "(x86_64) offers vectors of 64 bits",
        "-XX:MaxVectorSize");
  }

  /// Sandy Bridge has vectors of 256 bits for floats, and no FMA.
  @Test
  void aMachineWithoutFusedMultiplyAddIsNamed() {
    for (int bits : new int[] {128, 256}) {
      assertProblem(
          problem(HOTSPOT, MIXED, "amd64", bits, false),
          "(amd64) or JVM has no fused multiply-add",
          "-XX:-UseFMA");
    }
  }

  @Test
  void aMissingModuleIsNamed() {
    assertProblem(
        problem(HOTSPOT, MIXED, "amd64", 0),
        "The Vector API is missing",
        "--add-modules jdk.incubator.vector");
  }

  @Test
  void theJvmOfTheTestsIsAskedByItsProperties() {
    boolean fit =
        System.getProperty("java.vm.name").contains("Server VM")
            && System.getProperty("java.vm.info").startsWith("mixed mode")
            && !System.getProperty("java.vm.info").contains("client")
            && haze.tensor.kernel.Vectors.bits() > 64
            && VectorSupport.hasFusedMultiplyAdd();
    assertEquals(fit, VectorSupport.problem().isEmpty(), VectorSupport.problem().toString());
  }

  private static void assertProblem(Optional<String> problem, String found, String advice) {
    String line = problem.orElseThrow();
    assertTrue(line.contains(found) && line.contains(advice), line);
    assertFalse(line.contains("\n"), line);
  }
}
