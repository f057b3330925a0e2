package haze.benchmarks.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class RunTest {
  @TempDir Path directory;

  private ChainedOptionsBuilder quick(String pattern) {
    return new OptionsBuilder()
        .include(pattern)
        .forks(0)
        .warmupIterations(0)
        .measurementIterations(1)
        .measurementTime(TimeValue.milliseconds(10))
        .output(directory.resolve("console").toString());
  }

  private List<Path> results() throws IOException {
    try (var files = Files.list(directory.resolve("results"))) {
      return files.toList();
    }
  }

  private String console() throws IOException {
    return Files.readString(directory.resolve("console"));
  }

  @Test
  void aRunHasAFileOfItsOwnThatSaysWhatItWasMeasuredOn() throws Exception {
    assertTrue(Run.of(quick("RngBenchmark.uniform$").build(), directory.resolve("results")));
    Path file = results().getFirst();
    assertTrue(console().contains("results are in " + file), console());
    Map<?, ?> entry = (Map<?, ?>) JSON.std.listFrom(Files.readString(file)).getFirst();
    assertEquals("haze.benchmarks.RngBenchmark.uniform", entry.get("benchmark"));
    assertEquals(ThisMachine.read().toMap().get("processor"), machine(entry).get("processor"));
    assertEquals(Runtime.getRuntime().availableProcessors(), machine(entry).get("cores"));
    assertTrue(Instant.parse((String) entry.get("date")).isBefore(Instant.now().plusSeconds(1)));
    assertEquals(Commit.of(Run.class), entry.get("commit"));
  }

  private static Map<?, ?> machine(Map<?, ?> entry) {
    return (Map<?, ?>) entry.get("machine");
  }

  @Test
  void aBenchmarkThatFailsIsNamedAndTheResultsOfOthersAreKept() throws Exception {
    Options options = quick("GemmBenchmark.plain$").param("shape", "8x8x8", "foo").build();
    assertFalse(Run.of(options, directory.resolve("results")));
    assertEquals(1, results().size());
    assertEquals(1, JSON.std.listFrom(Files.readString(results().getFirst())).size());
    assertTrue(
        console().contains("1 of 2 benchmarks failed: GemmBenchmark.plain (shape=foo)"), console());
  }

  @Test
  void aRunWithoutResultsWritesNothing() throws Exception {
    Options options = quick("GemmBenchmark.plain$").param("shape", "foo").build();
    assertFalse(Run.of(options, directory.resolve("results")));
    assertEquals(List.of(), results());
    assertTrue(console().contains("no results, nothing was written"), console());
  }

  @Test
  void aMisspeltNameWritesNothing() throws Exception {
    assertThrows(
        NoBenchmarksException.class,
        () -> Run.of(quick("GemBenchmark").build(), directory.resolve("results")));
    assertEquals(List.of(), results());
  }

  @Test
  void aRunThatIsStoppedHasSavedWhatWasFinished() throws Exception {
    List<List<RunResult>> saved = new ArrayList<>();
    var format =
        new SavingFormat(
            OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), saved::add);
    new Runner(quick("RngBenchmark.(uniform|normal)$").build(), format).run();
    assertEquals(List.of(1, 2), saved.stream().map(List::size).toList());
    assertTrue(format.unfinished().isEmpty());
  }

  @Test
  void theMeasuredJvmHasTheProgramsOptionsAndThenTheCallers() throws Exception {
    Options options =
        JvmOptions.before(new OptionsBuilder().jvmArgsPrepend("-ea").jvmArgs("-Xmx3g").build());
    List<String> first = List.copyOf(options.getJvmArgsPrepend().get());
    assertTrue(first.contains("--add-modules=jdk.incubator.vector"), first.toString());
    assertTrue(first.contains("-XX:ObjectAlignmentInBytes=64"), first.toString());
    assertTrue(first.stream().allMatch(option -> option.startsWith("-")), first.toString());
    assertEquals("-ea", first.getLast());
    assertEquals(List.of("-Xmx3g"), List.copyOf(options.getJvmArgs().get()));
  }

  /// Whatever starts JMH, an IDE too.
  @Test
  void everyBenchmarkBringsTheVectorModuleItself() {
    var all =
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of());
    assertFalse(all.isEmpty());
    all.forEach(
        benchmark ->
            assertTrue(
                benchmark.getJvmArgsPrepend().get().contains("--add-modules=jdk.incubator.vector"),
                benchmark.getUsername()));
  }
}
