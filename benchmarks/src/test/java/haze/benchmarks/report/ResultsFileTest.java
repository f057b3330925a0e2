package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsFileTest {
  @TempDir Path directory;

  private Path file(String json) throws IOException {
    return Files.writeString(directory.resolve("results.json"), json);
  }

  private Result only(String entry) throws IOException {
    return ResultsFile.read(file("[" + entry + "]")).getFirst();
  }

  private static String entry(String name, String score, String unit) {
    return ("{\"benchmark\": \"%s\", \"params\": {\"shape\": \"2x3x4\"}, "
            + "\"primaryMetric\": {\"score\": %s, \"scoreUnit\": \"%s\"}}")
        .formatted(name, score, unit);
  }

  @ParameterizedTest
  @CsvSource({
    "20, ns/op, 2e-8",
    "20, us/op, 2e-5",
    "20, ms/op, 0.02",
    "2, s/op, 2",
    "50, ops/s, 0.02",
    "50, ops/ms, 2e-5",
    "2, min/op, 120"
  })
  void everyModeBecomesSecondsAnOperation(String score, String unit, double seconds)
      throws IOException {
    assertEquals(seconds, only(entry("a.B.c", score, unit)).seconds(), 1e-12 * seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "haze.benchmarks.GemmBenchmark.plain, haze",
    "haze.benchmarks.peers.GemmBenchmark.plain, libtorch",
    "pytorch.GemmBenchmark.plain, pytorch"
  })
  void whatStandsBeforeClassAndMethodSaysWhoWasMeasured(String name, String source)
      throws IOException {
    Result result = only(entry(name, "1", "s/op"));
    assertEquals(source, result.source());
    assertEquals("GemmBenchmark.plain", result.kernel());
    assertEquals(Map.of("shape", "2x3x4"), result.params());
  }

  @Test
  void errorAndAllocationAreReadAndMayBeMissing() throws IOException {
    Result full =
        only(
            """
            {"benchmark": "haze.benchmarks.A.b", "jdkVersion": "25.0.3", "primaryMetric": {"score": 4, "scoreError": 1, "scoreUnit": "us/op"},
             "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 24.5}}}
            """);
    assertEquals(0.25, full.error());
    assertEquals(24.5, full.allocated());
    assertEquals("JDK 25.0.3", full.origin().runtime());
    Result bare =
        only(
            """
            {"benchmark": "haze.benchmarks.A.b", "primaryMetric": {"score": 4, "scoreError": "NaN", "scoreUnit": "us/op"}}
            """);
    assertTrue(Double.isNaN(bare.error()) && Double.isNaN(bare.allocated()));
    assertEquals(Map.of(), bare.params());
    assertEquals(Origin.UNKNOWN, bare.origin());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[",
        "[1]",
        "[]",
        "{}",
        "3",
        "null",
        "[{}]",
        "[{\"benchmark\": 3}]",
        "[{\"benchmark\": \"a.B.c\"}]",
        "[{\"benchmark\": \"short\", \"primaryMetric\": {}}]",
        "[{\"benchmark\": \"a.B.c\", \"primaryMetric\": {\"score\": \"1\", \"scoreUnit\":"
            + " \"s/op\"}}]",
        "[{\"benchmark\": \"a.B.c\", \"primaryMetric\": {\"score\": 0, \"scoreUnit\": \"s/op\"}}]",
        "[{\"benchmark\": \"a.B.c\", \"primaryMetric\": {\"score\": -1, \"scoreUnit\": \"s/op\"}}]",
        "[{\"benchmark\": \"a.B.c\", \"primaryMetric\": {\"score\": 1}}]",
        "[{\"benchmark\": \"a.B.c\", \"primaryMetric\": {\"score\": 1, \"scoreUnit\": \"m/op\"}}]",
        "[{\"benchmark\": \"a.B.c\", \"params\": 1, \"primaryMetric\": {\"score\": 1,"
            + " \"scoreUnit\": \"s/op\"}}]",
        "\u0000\u0001"
      })
  void anythingElseIsRefusedInOneLineWithTheFilesName(String json) throws IOException {
    Path file = file(json);
    BadFileException e = assertThrows(BadFileException.class, () -> ResultsFile.read(file));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void anEmptyFileIsRefusedAsEmpty() throws IOException {
    Path file = file("[]");
    BadFileException e = assertThrows(BadFileException.class, () -> ResultsFile.read(file));
    assertEquals(file + ": holds no results", e.getMessage());
  }

  @Test
  void whereWhenAndOnWhatIsRead() throws IOException {
    Origin origin =
        only("""
        {"benchmark": "haze.benchmarks.A.b", "jdkVersion": "25.0.3", "vmName": "OpenJDK", "jvmArgs": ["-Xmx2g", "-ea"],
         "primaryMetric": {"score": 4, "scoreUnit": "us/op"}, "date": "2026-11-28T22:52:48Z", "commit": "abc-dirty",
         "machine": {"processor": "AMD EPYC", "cores": 2, "caches": [32768, 1048576, 33554432], "system": "Linux 6"}}
        """)
            .origin();
    assertEquals("JDK 25.0.3, OpenJDK", origin.runtime());
    assertEquals("-Xmx2g -ea", origin.options());
    assertEquals("2026-11-28T22:52:48Z", origin.date());
    assertEquals("abc-dirty", origin.commit());
    assertEquals(
        "AMD EPYC, 2 cores, L1 32 kB, L2 1 MB, L3 32 MB, Linux 6",
        origin.machine().orElseThrow().describe());
  }

  @Test
  void aScriptsRuntimeIsItsEngine() throws IOException {
    assertEquals(
        "PyTorch 2.13",
        only("""
        {"benchmark": "pytorch.A.b", "jdkVersion": "3.12.1", "vmName": "PyTorch", "vmVersion": "2.13",
         "primaryMetric": {"score": 4, "scoreUnit": "us/op"}}
        """)
            .origin()
            .runtime());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"machine\": 1",
        "\"machine\": {}",
        "\"machine\": {\"caches\": [-1, \"a\", null], \"cores\": \"x\"}",
        "\"jvmArgs\": {}, \"date\": 3, \"commit\": []",
        "\"forks\": \"a\", \"warmupTime\": \"x ms\", \"measurementIterations\": []"
      })
  void whatIsOddThereIsUnknown(String members) throws IOException {
    Result result =
        only(
            "{\"benchmark\": \"a.B.c\", \"jmhVersion\": \"1\", "
                + members
                + ", \"primaryMetric\": {\"score\": 1, \"scoreUnit\": \"s/op\"}}");
    assertEquals("", result.origin().commit());
    assertEquals(Set.of(), result.doubts());
    assertEquals(List.of(), result.origin().machine().map(Machine::caches).orElse(List.of()));
  }

  @Test
  void deepNestingIsRefusedToo() throws IOException {
    Path file = file("[".repeat(100_000));
    assertThrows(BadFileException.class, () -> ResultsFile.read(file));
  }

  @Test
  void theRefusalNamesTheEntryAndWhatWasExpected() throws IOException {
    Path file =
        file("[" + entry("a.B.c", "1", "s/op") + ", " + entry("a.B.d", "1", "apples") + "]");
    BadFileException e = assertThrows(BadFileException.class, () -> ResultsFile.read(file));
    assertEquals(
        file
            + ": result 1, primaryMetric.scoreUnit: expected a time an operation (ms/op)"
            + " or operations a time",
        e.getMessage());
  }

  @Test
  void aMissingFileIsRefusedWithItsName() {
    Path file = directory.resolve("none.json");
    BadFileException e = assertThrows(BadFileException.class, () -> ResultsFile.read(file));
    assertEquals(file + ": no such file; exec:exec@jmh writes one", e.getMessage());
  }
}
