package haze.diffusion.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import haze.diffusion.ChildJvm;
import haze.diffusion.bits.BitsTable.Row;
import haze.diffusion.training.Preset;
import haze.tensor.VectorSupport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every result has the bits of the table `bits.txt`, with vectors of any length and on any number
/// of threads. Where they shall change, this renews the table, and a second run tests it at the
/// other lengths:
///
/// ```sh
/// mvn -pl diffusion -am test -Dtest=SameBitsTest -Dsurefire.failIfNoSpecifiedTests=false \
///   -Dhaze.bits=renew
/// ```
class SameBitsTest {
  private static final String MODE = "haze.bits";
  private static final String RENEW = "renew";
  private static final Path TABLE = Path.of("src/test/resources/haze/diffusion/bits/bits.txt");

  /// Differences of which each is named.
  private static final int NAMED = 5;

  @Test
  @EnabledIfSystemProperty(named = MODE, matches = RENEW)
  void theTableIsRenewed() throws IOException {
    Files.createDirectories(TABLE.getParent());
    Files.write(TABLE, BitsTable.lines(1));
  }

  @Test
  @DisabledIfSystemProperty(named = MODE, matches = RENEW)
  void thisMachinesBitsAreThoseOfTheTable() throws IOException {
    Map<String, Row> stored = BitsTable.stored();
    Map<String, Row> rows = new LinkedHashMap<>();
    BitsTable.lines(1).forEach(line -> BitsTable.parse(line, rows));
    List<String> differences = new ArrayList<>();
    stored.forEach(
        (name, row) -> {
          Row other = rows.get(name);
          if (!row.equals(other)) {
            differences.add(name + ": " + (other == null ? "missing" : row.firstDifference(other)));
          }
        });
    report(VectorSupport.bits(), differences);
    assertEquals(stored.keySet(), rows.keySet(), "the table lacks results: renew it");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 7})
  @DisabledIfSystemProperty(named = MODE, matches = RENEW)
  void anyNumberOfThreadsGivesTheSameBits(int threads) throws IOException {
    Result result = new NetworkResults(threads).training(Preset.TINY, 16, 5);
    assertEquals(
        BitsTable.stored().get(result.name()), Row.of(result.values().get()), result.name());
  }

  /// With other sizes of objects' headers and another garbage collector, too.
  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  @DisabledIfSystemProperty(named = MODE, matches = RENEW)
  void vectorsOfAnyLengthGiveTheSameBits(int bits) throws Exception {
    assumeTrue(bits < VectorSupport.bits(), "the length of this machine's vectors, or longer");
    Map<String, Row> stored = BitsTable.stored();
    List<String> differing = new ArrayList<>();
    try (ChildJvm child = start(bits)) {
      Map<String, Row> rows = new LinkedHashMap<>();
      for (String line = child.line(); line != null; line = child.line()) {
        BitsTable.parse(line, rows);
      }
      assertEquals(0, child.exitCode());
      stored.forEach(
          (name, row) -> {
            if (!row.equals(rows.get(name))) {
              differing.add(name);
            }
          });
    }
    List<String> differences = new ArrayList<>(differing);
    for (int i = 0; i < Math.min(NAMED, differing.size()); i++) {
      differences.set(i, differing.get(i) + ": " + difference(bits, differing.get(i)));
    }
    report(bits, differences);
  }

  private static void report(int bits, List<String> differences) {
    assertTrue(
        differences.isEmpty(),
        () ->
            differences.size()
                + " results have other bits than in the table, with vectors of "
                + bits
                + " bits:\n"
                + String.join("\n", differences.subList(0, Math.min(NAMED, differences.size()))));
  }

  /// A JVM with vectors of this length, and other headers of objects and another collector.
  private static ChildJvm start(int bits, String... names) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("2"));
    arguments.addAll(List.of(names));
    ChildJvm child =
        ChildJvm.start(
            List.of(
                "-XX:MaxVectorSize=" + bits / Byte.SIZE,
                "-XX:+UseCompactObjectHeaders",
                "-XX:+UseSerialGC"),
            BitsTable.class,
            arguments.toArray(String[]::new));
    assertEquals(Integer.toString(bits), child.line());
    return child;
  }

  /// Where a result differs first from this JVM's.
  private static String difference(int bits, String name) throws Exception {
    float[] own = BitsTable.values(name, 1);
    try (ChildJvm child = start(bits, name)) {
      int i = 0;
      for (String line = child.line(); line != null; line = child.line(), i++) {
        float other = Float.intBitsToFloat(Integer.parseInt(line));
        if (Float.floatToIntBits(own[i]) != Float.floatToIntBits(other)) {
          return "element "
              + i
              + " is the first that differs, "
              + other
              + " instead of "
              + own[i]
              + " with "
              + VectorSupport.bits()
              + " bits";
        }
      }
      return "not as in the table, but as with " + VectorSupport.bits() + " bits";
    }
  }
}
