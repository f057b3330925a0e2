package haze.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeadTest {
  private static final Machine MACHINE = new Machine("AMD EPYC", 2, List.of(32L << 10), "Linux 6");

  private static Origin origin(String commit) {
    return new Origin(Optional.of(MACHINE), "JDK 25.0.3", "-Xmx2g", "2026-11-28T22:52:48Z", commit);
  }

  private static Result result(String kernel, Set<Doubt> doubts, Origin origin) {
    return new Result(
        Result.HAZE, kernel, Map.of("kilobytes", "24"), 1, 0, Double.NaN, doubts, origin);
  }

  private static String head(Result... results) {
    List<Result> list = List.of(results);
    return Head.of(list, Row.of(list), Roofs.of(list));
  }

  @Test
  void itNamesMachineRuntimeOptionsDateAndCommit() {
    String head = head(result("A.b", Set.of(), origin("abc")));
    assertTrue(
        head.startsWith(
            """
            - machine: AMD EPYC, 2 cores, L1 32 kB, Linux 6
            - runtime: JDK 25.0.3
            - JVM options: -Xmx2g
            - date: 2026-11-28T22:52:48Z
            - commit: abc
            """),
        head);
    assertFalse(head.contains("Mixed") || head.contains("Doubtful"), head);
    assertTrue(head(result("A.b", Set.of(), Origin.UNKNOWN)).contains("- commit: unknown"));
  }

  @Test
  void itWarnsOfResultsThatDoNotBelongTogether() {
    String head =
        head(result("A.b", Set.of(), origin("abc")), result("A.c", Set.of(), origin("abc-dirty")));
    assertTrue(head.contains("- commit: abc; abc-dirty"), head);
    assertTrue(head.contains("**Mixed:** several commits. "), head);
  }

  @Test
  void aScriptMaySayLessOfTheSameMachineButNotComeFromAnother() {
    Result haze = result("A.b", Set.of(), origin("abc"));
    String same = head(haze, script("AMD EPYC", "2026-11-28T23:00:00Z"));
    assertTrue(same.contains("- machine: AMD EPYC, 2 cores, L1 32 kB, Linux 6\n"), same);
    assertTrue(same.contains("- date: 2026-11-28T22:52:48Z to 2026-11-28T23:00:00Z\n"), same);
    assertFalse(same.contains("Mixed"), same);
    String other = head(haze, script("Intel Xeon", "2026-11-28T23:00:00Z"));
    assertTrue(other.contains("**Mixed:** several machines. "), other);
  }

  private static Result script(String processor, String date) {
    var machine = new Machine(processor, 2, List.of(), Machine.UNKNOWN);
    var origin = new Origin(Optional.of(machine), "PyTorch 2", "", date, "");
    return new Result("pytorch", "A.b", Map.of(), 1, 0, Double.NaN, Set.of(), origin);
  }

  @Test
  void itCountsAndExplainsDoubts() {
    String head =
        head(
            result("A.b", EnumSet.of(Doubt.ONE_FORK, Doubt.COLD), origin("abc")),
            result("A.c", Set.of(), origin("abc")),
            result("A.d", EnumSet.of(Doubt.ONE_FORK), origin("abc")));
    assertTrue(head.contains("**Doubtful:** 2 of 3 rows."), head);
    assertTrue(head.contains("- 1 fork (2): "), head);
    assertTrue(head.contains("- cold (1): "), head);
    assertFalse(head.contains("1 iteration"), head);
  }

  @Test
  void withoutRoofsItSaysWhichBenchmarksMeasureThem() {
    Result arithmetic = result("ArithmeticRoofBenchmark.fma", Set.of(), origin("abc"));
    Result memory = result("MemoryRoofBenchmark.copy", Set.of(), origin("abc"));
    String none = head(result("A.b", Set.of(), origin("abc")));
    assertTrue(none.contains("`ArithmeticRoofBenchmark` and `MemoryRoofBenchmark`"), none);
    assertTrue(head(arithmetic).contains("lack `MemoryRoofBenchmark`. "));
    assertTrue(head(memory).contains("lack `ArithmeticRoofBenchmark`. "));
    assertFalse(head(arithmetic, memory).contains("No limits"));
    assertEquals(Optional.of(MACHINE), Head.machine(List.of(arithmetic)));
  }
}
