package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class ReportTest {
  @TempDir Path directory;

  /// The whole way, in a second: JMH finds the benchmarks, runs some, and the report reads what it
  /// wrote.
  @Test
  void jmhsOwnFileBecomesTablesAndCharts() throws Exception {
    Path file = directory.resolve("jmh.json");
    new Runner(
            new OptionsBuilder()
                .include("ArithmeticRoofBenchmark")
                .include("MemoryRoofBenchmark")
                .include("GemmBenchmark.plain")
                .param("kilobytes", "24")
                .param("shape", "16x16x16")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(10))
                .verbosity(VerboseMode.SILENT)
                .resultFormat(ResultFormatType.JSON)
                .result(file.toString())
                .build())
        .run();
    Path peers =
        Files.writeString(
            directory.resolve("peers.json"),
            """
            [{"benchmark": "pytorch.GemmBenchmark.plain", "params": {"shape": "16x16x16", "format": "any"},
              "primaryMetric": {"score": 5, "scoreUnit": "us/op"}}]
            """);

    String text = Report.write(directory.resolve("out"), List.of(file, peers));

    assertTrue(text.contains("| plain     | 16x16x16 |"), text);
    assertTrue(text.contains("| 1 iteration, 1 fork, cold |"), text);
    assertTrue(text.contains("| % of limit | x scalar | x pytorch |"), text);
    assertTrue(text.contains("runtime: JDK " + System.getProperty("java.version")), text);
    for (String chart : List.of("roofline.png", "times-scalar.png", "times-peers.png")) {
      assertTrue(ImageIO.read(directory.resolve("out").resolve(chart).toFile()).getWidth() > 1000);
    }
    assertTrue(text.startsWith(Files.readString(directory.resolve("out/report.md"))));
  }

  @Test
  void withoutRoofsAndTwinsThereIsATableAlone() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("few.json"),
            "[{\"benchmark\": \"a.New.one\", \"primaryMetric\": {\"score\": 5, \"scoreUnit\":"
                + " \"us/op\"}}]");
    String text = Report.write(directory.resolve("out"), List.of(file));
    assertTrue(text.contains("5.00 us"), text);
    try (var files = Files.list(directory.resolve("out"))) {
      assertEquals(List.of("report.md"), files.map(f -> f.getFileName().toString()).toList());
    }
  }

  private Path results(String name, String benchmark) throws Exception {
    return Files.writeString(
        directory.resolve(name),
        "[{\"benchmark\": \""
            + benchmark
            + "\", \"params\": {\"shape\": \"8x8x8\"}, "
            + "\"primaryMetric\": {\"score\": 5, \"scoreUnit\": \"us/op\"}}]");
  }

  private List<String> files() throws Exception {
    try (var files = Files.list(directory.resolve("out"))) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFigureOfAnEarlierReportDoesNotStayBesideANewOne() throws Exception {
    Path haze = results("haze.json", "haze.benchmarks.GemmBenchmark.plain");
    Path peer = results("peer.json", "pytorch.GemmBenchmark.plain");
    Report.write(directory.resolve("out"), List.of(haze, peer));
    assertEquals(List.of("report.md", "times-peers.png"), files());
    Report.write(directory.resolve("out"), List.of(haze));
    assertEquals(List.of("report.md"), files());
  }

  @Test
  void resultsThatCannotBeReadLeaveTheEarlierReportAsItIs() throws Exception {
    Path haze = results("haze.json", "haze.benchmarks.GemmBenchmark.plain");
    Path peer = results("peer.json", "pytorch.GemmBenchmark.plain");
    Report.write(directory.resolve("out"), List.of(haze, peer));
    String text = Files.readString(directory.resolve("out/report.md"));
    for (String json : List.of("[]", "", "[{\"benchmark\": \"half")) {
      Path broken = Files.writeString(directory.resolve("broken.json"), json);
      assertThrows(
          BadFileException.class,
          () -> Report.write(directory.resolve("out"), List.of(haze, broken)));
    }
    assertEquals(text, Files.readString(directory.resolve("out/report.md")));
    assertEquals(List.of("report.md", "times-peers.png"), files());
  }

  @Test
  void ofADirectoryTheLatestRunCounts() throws Exception {
    Path runs = Files.createDirectory(directory.resolve("runs"));
    results("runs/2026-11-28T225248Z-all.json", "haze.benchmarks.A.old");
    results("runs/2026-11-29T015248Z-all.json", "haze.benchmarks.A.latest");
    results("runs/pytorch.json", "pytorch.A.other");
    String text = Report.write(directory.resolve("out"), List.of(runs));
    assertTrue(text.contains("| latest "), text);
    assertTrue(!text.contains("| old ") && !text.contains("other"), text);
  }

  @Test
  void aDirectoryWithoutRunsIsRefusedInOneLine() {
    BadFileException e =
        assertThrows(
            BadFileException.class,
            () -> Report.write(directory.resolve("out"), List.of(directory)));
    assertEquals(directory + ": no results of a run there", e.getMessage());
  }
}
