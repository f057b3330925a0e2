package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What stands in a line of the report, from numbers that are easy to check.
class RowTest {
  private static final double MEGABYTE = 1024 * 1024;
  private static final Roofs ROOFS =
      new Roofs(1e9, new TreeMap<>(Map.of(MEGABYTE, 8e9, 100 * MEGABYTE, 2e9)));

  private static Result result(String source, String kernel, double seconds, String... params) {
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < params.length; i += 2) {
      map.put(params[i], params[i + 1]);
    }
    return new Result(
        source, kernel, map, seconds, Double.NaN, Double.NaN, Set.of(), Origin.UNKNOWN);
  }

  private static Result gemm(String source, String method, double seconds) {
    return result(source, "GemmBenchmark." + method, seconds, "shape", "10x10x10");
  }

  @Test
  void theLimitIsWhicheverTakesLonger() {
    // 1 ms of computing or 0.5 ms of moving 4 MB at the slower bandwidth.
    assertEquals(1e-3, ROOFS.leastSeconds(new Work(1e6, 1e6 * 0.5), 1));
    assertEquals(2e-3, ROOFS.leastSeconds(new Work(1e6, 4e6), 1));
    assertEquals(0.5e-3, ROOFS.leastSeconds(new Work(1e6, 0), 2));
    assertEquals(1e6 / 8e9, ROOFS.leastSeconds(new Work(0, 1e6), 2));
  }

  @Test
  void theBandwidthIsThatOfTheNextLargerSize() {
    assertEquals(8e9, ROOFS.bandwidthFor(10));
    assertEquals(8e9, ROOFS.bandwidthFor(MEGABYTE));
    assertEquals(2e9, ROOFS.bandwidthFor(MEGABYTE + 1));
    assertEquals(2e9, ROOFS.bandwidthFor(1000 * MEGABYTE));
  }

  @Test
  void roofsAreMeasuredInTheSameFiles() {
    // fma: 2*12*2^20 operations; triad: three arrays of 4 MB in 1 ms; copy: two of the three in
    // half of it.
    Roofs roofs =
        Roofs.of(
            List.of(
                result("haze", "ArithmeticRoofBenchmark.fma", 1e-3),
                result("haze", "MemoryRoofBenchmark.triad", 1e-3, "kilobytes", "12288"),
                result("haze", "MemoryRoofBenchmark.copy", 0.5e-3, "kilobytes", "12288"),
                result("other", "ArithmeticRoofBenchmark.fma", 1e-9)));
    assertEquals(24 * MEGABYTE * 1e3, roofs.flops());
    assertEquals(Map.of(12 * MEGABYTE, 16 * MEGABYTE * 1e3), roofs.bandwidth());
  }

  @Test
  void aKernelStandsBesideItsTwinAndItsPeers() {
    List<Row> rows =
        Row.of(
            List.of(
                gemm("haze", "plain", 1e-6),
                gemm("haze", "plainScalar", 8e-6),
                gemm("pytorch", "plain", 3e-6),
                gemm("libtorch", "plain", 0.5e-6)));
    assertEquals(1, rows.size());
    Row row = rows.getFirst();
    assertEquals(2e9, row.flops(), 1);
    assertEquals(1.2e9, row.bytes(), 1);
    assertEquals(8, row.timesScalar());
    assertEquals(Map.of("libtorch", 0.5, "pytorch", 3.0), row.timesPeer());
    assertTrue(Double.isNaN(row.limit()), "without roofs there is no limit");
  }

  @Test
  void theLimitIsAPartOfTheMeasuredRoof() {
    Result roof = result("haze", "ArithmeticRoofBenchmark.fma", 24 * MEGABYTE / 4e9);
    Result memory = result("haze", "MemoryRoofBenchmark.triad", 1e-9, "kilobytes", "1");
    List<Row> rows = Row.of(List.of(gemm("haze", "plain", 1e-6), roof, memory));
    // 2000 operations at 4e9 a second take 0.5 us.
    assertEquals(0.5, rows.getFirst().limit(), 1e-9);
    assertTrue(Double.isNaN(rows.get(1).limit()), "a roof is no part of itself");
  }

  @Test
  void threadsRaiseTheRoof() {
    Result roof = result("haze", "ArithmeticRoofBenchmark.fma", 1e-3);
    Result one = result("haze", "TrainStepBenchmark.train", 1, "workload", "R1", "threads", "1");
    Result two = result("haze", "TrainStepBenchmark.train", 1, "workload", "R1", "threads", "2");
    List<Row> rows = Row.of(List.of(roof, one, two));
    assertEquals(rows.get(1).limit() / 2, rows.get(2).limit(), 1e-9);
    assertEquals(rows.get(1).flops(), rows.get(2).flops());
  }

  @Test
  void ofAPeersVariantsTheFastestCounts() {
    List<Row> rows =
        Row.of(
            List.of(
                gemm("haze", "plain", 1),
                result("pytorch", "GemmBenchmark.plain", 5, "shape", "10x10x10", "format", "a"),
                result("pytorch", "GemmBenchmark.plain", 3, "shape", "10x10x10", "format", "b"),
                result("pytorch", "GemmBenchmark.plain", 4, "shape", "10x10x10", "format", "c"),
                result("pytorch", "GemmBenchmark.plain", 1, "shape", "20x20x20", "format", "b")));
    assertEquals(3.0, rows.getFirst().timesPeer().get("pytorch"));
    assertEquals(2, rows.size(), "the other size has no counterpart and a row of its own");
  }

  @Test
  void directAndWinogradHaveTheSameTwin() {
    String shape = "1x16x16x8";
    List<Row> rows =
        Row.of(
            List.of(
                result("haze", "ConvolutionBenchmark.forwardDirect", 2, "shape", shape),
                result("haze", "ConvolutionBenchmark.forwardWinograd", 1, "shape", shape),
                result("haze", "ConvolutionBenchmark.forwardScalar", 8, "shape", shape)));
    assertEquals(List.of(4.0, 8.0), rows.stream().map(Row::timesScalar).toList());
    assertEquals(rows.get(0).flops() * 2, rows.get(1).flops());
  }

  @Test
  void theLaterOfTwoMeasurementsCounts() {
    List<Row> rows = Row.of(List.of(gemm("haze", "plain", 1), gemm("haze", "plain", 2)));
    assertEquals(1, rows.size());
    assertEquals(2, rows.getFirst().result().seconds());
  }

  @Test
  void anUnknownBenchmarkIsShownWithoutRates() {
    List<Result> results = new ArrayList<>(List.of(result("haze", "NewBenchmark.fast", 2e-6)));
    results.add(result("haze", "ArithmeticRoofBenchmark.fma", 1));
    Row row = Row.of(results).getFirst();
    assertTrue(Double.isNaN(row.flops()) && Double.isNaN(row.bytes()) && Double.isNaN(row.limit()));
    assertEquals(
        """
        ### New

        | benchmark |    time |
        |-----------|--------:|
        | fast      | 2.00 us |
        """,
        Tables.markdown(List.of(row)).strip() + "\n");
  }

  @Test
  void aTableHasTheColumnsThatSaySomething() {
    List<Row> rows =
        Row.of(
            List.of(
                new Result(
                    "haze",
                    "GemmBenchmark.plain",
                    Map.of("shape", "10x10x10"),
                    1e-6,
                    0.05,
                    16,
                    Set.of(),
                    Origin.UNKNOWN),
                gemm("haze", "plainScalar", 8.25e-6),
                gemm("pytorch", "transposedA", 3e-6)));
    assertEquals(
        """
        ### Gemm

        | benchmark           | size     |    time |   ± | GFLOP/s | GB/s | x scalar | B/op |
        |---------------------|----------|--------:|----:|--------:|-----:|---------:|-----:|
        | plain               | 10x10x10 | 1.00 us | 5 % |    2.00 | 1.20 |     8.25 |   16 |
        | pytorch transposedA | 10x10x10 | 3.00 us |     |    0.67 | 0.40 |          |      |
        """,
        Tables.markdown(rows).strip() + "\n");
  }

  @Test
  void aRowHasTheDoubtsOfAllThatItIsMadeOf() {
    List<Row> rows =
        Row.of(
            List.of(
                doubtful("haze", "plain", Doubt.ONE_FORK),
                doubtful("haze", "plainScalar", Doubt.ONE_FORK, Doubt.WIDE),
                doubtful("pytorch", "plain", Doubt.ONE_ITERATION)));
    assertEquals(
        List.of("1 fork", "scalar: ± > 20 %", "pytorch: 1 iteration"), rows.getFirst().doubts());
    assertTrue(Tables.markdown(rows).contains("| doubt "), Tables.markdown(rows));
  }

  private static Result doubtful(String source, String method, Doubt... doubts) {
    Result result = gemm(source, method, 1e-6);
    return new Result(
        source,
        result.kernel(),
        result.params(),
        result.seconds(),
        result.error(),
        result.allocated(),
        Set.of(doubts),
        Origin.UNKNOWN);
  }

  @Test
  void roofsAreNamedForTheCachesThatTheirArraysFitInto() {
    double kilobyte = 1024;
    var roofs =
        new Roofs(
            1e9,
            new TreeMap<>(
                Map.of(
                    24 * kilobyte, 8e9, MEGABYTE, 4e9, 128 * MEGABYTE, 2e9, 512 * MEGABYTE, 3e9)));
    var machine = new Machine("one", 2, List.of(32L << 10, 1L << 20, 32L << 20), Machine.UNKNOWN);
    assertEquals(
        Map.of("L1", 8e9, "L2", 4e9, "RAM", 3e9), roofs.lines(Optional.of(machine)).memory());
    assertEquals(
        List.of("24 kB", "1 MB", "128 MB", "512 MB"),
        List.copyOf(roofs.lines(Optional.empty()).memory().keySet()));
  }

  @Test
  void numbersHaveThreeDigitsAndTimesTheirUnit() {
    assertEquals("123", Tables.significant(123.4));
    assertEquals("12.3", Tables.significant(12.34));
    assertEquals("1.23", Tables.significant(1.234));
    assertEquals("12345", Tables.significant(12345));
    assertEquals("1.50 s", Tables.time(1.5));
    assertEquals("150 ms", Tables.time(0.15));
    assertEquals("15.0 us", Tables.time(15e-6));
    assertEquals("1.50 ns", Tables.time(1.5e-9));
  }
}
