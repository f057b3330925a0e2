package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    assertTrue(text.contains("| % of limit | x scalar | x pytorch |"), text);
    assertTrue(text.startsWith("JDK " + System.getProperty("java.version")), text);
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
}
