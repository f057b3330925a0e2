package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.kernel.BoxMuller;
import haze.tensor.kernel.Philox;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RngTest {
  private static final int COUNT = 200_000;

  /// A standard normal number exceeds this once in 1.7 million tries.
  private static final double DEVIATIONS = 5;

  /// sqrt(n) times the largest difference between an empirical distribution of n numbers and the
  /// true one exceeds this once in 100 000 tries (Kolmogorov): 2 exp(-2 * 2.47^2) = 1e-5.
  private static final double KOLMOGOROV = 2.47;

  /// A normal number's relative error: rounding to float, 2^-24, half that of the logarithm under
  /// the root and the cosine's, see [BoxMuller].
  private static final double NORMAL = 0x1p-24 + 8.1e-10 / 2 + 5.4e-9;

  private static final List<Rng> STREAMS =
      List.of(
          new Rng(0, 0, 0, 0),
          new Rng(1, 2, 3, 4),
          new Rng(-1, Integer.MAX_VALUE, 1_000_000, 59_999),
          new Rng(0x123456789abcdefL, 1, 0, 7));

  @Test
  void philoxGivesThePublishedWords() {
    // kat_vectors of Random123 (Salmon et al. 2011), lines "philox4x32 10".
    assertPhilox(new int[4], new int[2], 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertPhilox(
        new int[] {-1, -1, -1, -1},
        new int[] {-1, -1},
        0x408f276d,
        0x41c83b0e,
        0xa20bc7c6,
        0x6d5451fd);
    assertPhilox(
        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        new int[] {0xa4093822, 0x299f31d0},
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }

  private static void assertPhilox(int[] counter, int[] key, int... expected) {
    int[] words = new int[4];
    Philox.block(counter[0], counter[1], counter[2], counter[3], key[0], key[1], words);
    assertArrayEquals(expected, words);
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void aNumberIsAWordOfTheBlockThatItsIndexNames(
      @ForAll long seed,
      @ForAll int purpose,
      @ForAll int step,
      @ForAll int image,
      @ForAll @IntRange(max = 40) int index) {
    int[] words = new int[4];
    Philox.block(index / 4, image, step, purpose, (int) seed, (int) (seed >> 32), words);
    var rng = new Rng(seed, purpose, step, image);
    double word = Integer.toUnsignedLong(words[index % 4]);
    assertEquals(
        Math.floor(word * 0x1p-8) * 0x1p-24, rng.uniform(Tensor.zeros(index + 1)).get(index));
    assertEquals((int) (word * 1000 * 0x1p-32), rng.below(index, 1000));
    int pair = index % 4 / 2 * 2;
    double exact = boxMuller(words[pair], words[pair + 1])[index % 2];
    assertEquals(exact, rng.normal(Tensor.zeros(index + 1)).get(index), NORMAL * Math.abs(exact));
  }

  /// Box and Muller's two numbers by the JDK's functions.
  private static double[] boxMuller(int a, int b) {
    double radius = Math.sqrt(-2 * Math.log((Integer.toUnsignedLong(a) + 1) * 0x1p-32));
    double angle = 2 * Math.PI * Integer.toUnsignedLong(b) * 0x1p-32;
    return new double[] {radius * Math.cos(angle), radius * Math.sin(angle)};
  }

  @Property(tries = 2000)
  void everyPairOfWordsGivesItsTwoNormalNumbers(
      @ForAll int a,
      @ForAll int b,
      @ForAll @IntRange(max = 31) int zerosOfA,
      @ForAll @IntRange(max = 31) int zerosOfB,
      @ForAll boolean onesOfA) {
    // Words of every size: u close to 0 and to 1, angles close to every quarter of a turn.
    int first = onesOfA ? ~(a >>> zerosOfA) : a >>> zerosOfA;
    int second = (b >> zerosOfB) + (b & 3) * (1 << 30);
    float[] numbers = new float[2];
    BoxMuller.pair(first, second, numbers, 0, 2);
    double[] exact = boxMuller(first, second);
    for (int i = 0; i < 2; i++) {
      // The JDK's cosine of pi / 2 is 6e-17 instead of 0; so is the radius of u = 1.
      assertEquals(exact[i], numbers[i], NORMAL * Math.abs(exact[i]) + 1e-14);
    }
  }

  @Test
  void vectorsGiveTheBitsOfSinglePairs() {
    for (Rng rng : STREAMS) {
      for (int offset = 0; offset < 3; offset++) {
        for (int n = 0; n <= 100; n++) {
          assertBits(rng, n, offset);
        }
        assertBits(rng, 784, offset);
        assertBits(rng, 5000, offset);
      }
    }
  }

  private static void assertBits(Rng rng, int n, int offset) {
    // As bits, so that -0 is not 0; NaN around the numbers must stay.
    int[] expected = new int[offset + n + 20];
    Arrays.fill(expected, Float.floatToRawIntBits(Float.NaN));
    int[] words = new int[4];
    float[] pair = new float[2];
    for (int i = 0; i < n; i++) {
      Philox.block(
          i / 4,
          rng.image(),
          rng.step(),
          rng.purpose(),
          (int) rng.seed(),
          (int) (rng.seed() >> 32),
          words);
      BoxMuller.pair(words[i % 4 / 2 * 2], words[i % 4 / 2 * 2 + 1], pair, 0, 2);
      expected[offset + i] = Float.floatToRawIntBits(pair[i % 2]);
    }
    for (int whole : new int[] {0, Philox.whole(n)}) {
      Tensor out = Tensor.zeros(expected.length).fill(Float.NaN);
      rng.normal(out.slice(offset, n), whole);
      assertArrayEquals(expected, bits(out.toArray()), rng + ", " + n + " from " + offset);
    }
  }

  @Test
  void numbersAreTheSameHoweverManyWereDrawnBefore() {
    var rng = new Rng(1, 2, 3, 4);
    int[] expected = bits(rng.normal(Tensor.zeros(1000), 0).toArray());
    for (int i = 0; i < 100; i++) {
      assertArrayEquals(expected, bits(rng.normal(Tensor.zeros(1000)).toArray()));
    }
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
    return bits;
  }

  /// What no stream is sure to hold: words of every size, at the ends of the angle's quarters and
  /// of the radius.
  @Property(tries = 500)
  void vectorsOfAnyWordsGiveTheBitsOfSinglePairs(
      @ForAll @Size(64) int[] words, @ForAll @IntRange(max = 31) int zeros) {
    float[] numbers = new float[64];
    float[] expected = new float[64];
    for (int i = 0; i < 64; i += 2) {
      int a = (i & 2) == 0 ? words[i] >>> zeros : ~(words[i] >>> zeros);
      int b = (words[i + 1] >> zeros) + (i >> 2 & 3) * (1 << 30);
      numbers[i] = Float.intBitsToFloat(a);
      numbers[i + 1] = Float.intBitsToFloat(b);
      BoxMuller.pair(a, b, expected, i, 64);
    }
    BoxMuller.normals(64, numbers, 0);
    assertArrayEquals(bits(expected), bits(numbers));
  }

  @Test
  void theRarestNumbersAreThere() {
    float[] numbers = new float[2];
    BoxMuller.pair(0, 0, numbers, 0, 2);
    assertEquals(Math.sqrt(2 * 32 * Math.log(2)), numbers[0], 1e-6);
    assertEquals(0, numbers[1]);
    BoxMuller.pair(0, 3 << 30, numbers, 0, 2);
    assertEquals(0, numbers[0]);
    assertEquals(-Math.sqrt(2 * 32 * Math.log(2)), numbers[1], 1e-6);
    // The smallest radius: u = 1 - 2^-32.
    BoxMuller.pair(-2, 1 << 31, numbers, 0, 2);
    assertEquals(-Math.sqrt(2 * 0x1p-32), numbers[0], 1e-11);
    BoxMuller.pair(-1, 12345, numbers, 0, 2);
    assertEquals(0, numbers[0]);
  }

  @Property(tries = 50)
  void whatWasDrawnBeforeDoesNotMatter(@ForAll long seed, @ForAll @IntRange(max = 70) int count) {
    var rng = new Rng(seed, 1, 2, 3);
    Tensor uniform = rng.uniform(Tensor.zeros(100));
    Tensor normal = rng.normal(Tensor.zeros(100));
    new Rng(seed, 1, 2, 4).normal(Tensor.zeros(9));
    Tensor part = new DirtyAllocatorFixture().allocate(Shape.of(count));
    assertArrayEquals(uniform.slice(0, count).toArray(), rng.uniform(part).toArray());
    assertTrue(Float.isNaN(part.data()[part.offset() + count]));
    assertArrayEquals(normal.slice(0, count).toArray(), rng.normal(part).toArray());
    assertTrue(Float.isNaN(part.data()[part.offset() + count]));
  }

  @Test
  void everyComponentMakesAStreamOfItsOwn() {
    float[] first = numbers(new Rng(1, 2, 3, 4));
    assertArrayEquals(first, numbers(new Rng(1, 2, 3, 4)));
    for (Rng other :
        List.of(
            new Rng(2, 2, 3, 4),
            new Rng(1L << 40 | 1, 2, 3, 4),
            new Rng(1, 3, 3, 4),
            new Rng(1, 2, 4, 4),
            new Rng(1, 2, 3, 5),
            new Rng(1, 2, 4, 3))) {
      assertFalse(Arrays.equals(first, numbers(other)), other.toString());
    }
  }

  private static float[] numbers(Rng rng) {
    return rng.uniform(Tensor.zeros(8)).toArray();
  }

  @Test
  void uniformNumbersFillTheUnitIntervalEvenly() {
    for (Rng rng : STREAMS) {
      double[] x = NaiveFixture.doubles(rng.uniform(Tensor.zeros(COUNT)));
      for (double v : x) {
        assertTrue(v >= 0 && v < 1 && v * 0x1p24 == Math.rint(v * 0x1p24), "value " + v);
      }
      assertMoment("mean", x, v -> v, 0.5, 1 / 12.0);
      assertMoment("variance", x, v -> Math.pow(v - 0.5, 2), 1 / 12.0, 1 / 180.0);
      assertDistribution(x, v -> v);
    }
  }

  @Test
  void normalNumbersHaveTheNormalLaw() {
    for (Rng rng : STREAMS) {
      double[] x = NaiveFixture.doubles(rng.normal(Tensor.zeros(COUNT)));
      // E x^k and Var x^k of a standard normal number: E x^2k is 1, 3, 15, 105, 945, 10395 for k =
      // 1, 2, ...
      assertMoment("mean", x, v -> v, 0, 1);
      assertMoment("variance", x, v -> v * v, 1, 3 - 1);
      assertMoment("skewness", x, v -> v * v * v, 0, 15);
      assertMoment("kurtosis", x, v -> v * v * v * v, 3, 105 - 9);
      assertDistribution(x, RngTest::normalDistribution);
    }
  }

  @Test
  void streamsAndNeighboursAreUncorrelated() {
    double[] x = NaiveFixture.doubles(new Rng(7, 1, 5, 9).normal(Tensor.zeros(COUNT)));
    for (Rng other :
        List.of(
            new Rng(8, 1, 5, 9), new Rng(7, 2, 5, 9), new Rng(7, 1, 6, 9), new Rng(7, 1, 5, 10))) {
      assertUncorrelated(x, NaiveFixture.doubles(other.normal(Tensor.zeros(COUNT))));
    }
    for (int lag = 1; lag <= 8; lag++) {
      double[] later = Arrays.copyOfRange(x, lag, COUNT);
      assertUncorrelated(Arrays.copyOf(x, COUNT - lag), later);
      // The two numbers of a pair share their radius; independent all the same.
      assertUncorrelated(centredSquares(Arrays.copyOf(x, COUNT - lag)), centredSquares(later));
    }
  }

  private static double[] centredSquares(double[] x) {
    // Divided by its standard deviation, sqrt 2.
    return Arrays.stream(x).map(v -> (v * v - 1) / Math.sqrt(2)).toArray();
  }

  @Test
  void integersBelowABoundAreAllAsLikely() {
    int bound = 13;
    int count = 130_000;
    int[] seen = new int[bound];
    var rng = new Rng(3, 1, 4, 1);
    for (int i = 0; i < count; i++) {
      seen[rng.below(i, bound)]++;
    }
    double expected = (double) count / bound;
    double chiSquare =
        Arrays.stream(seen).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
    // 12 degrees of freedom: one try in 100 000 exceeds 45.
    assertTrue(chiSquare < 45, "chi-square " + chiSquare);
  }

  @Property(tries = 300)
  void integersStayBelowTheirBound(
      @ForAll long seed,
      @ForAll @IntRange(max = Integer.MAX_VALUE) int index,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int bound) {
    int number = new Rng(seed, 0, 0, 0).below(index, bound);
    assertTrue(number >= 0 && number < bound, number + " for bound " + bound);
    assertEquals(0, new Rng(seed, 0, 0, 0).below(index, 1));
  }

  /// The mean of f(x) lies within some standard deviations of what it should be.
  private static void assertMoment(
      String name, double[] x, DoubleUnaryOperator f, double mean, double variance) {
    double average = Arrays.stream(x).map(f).average().orElseThrow();
    double deviations = Math.abs(average - mean) / Math.sqrt(variance / x.length);
    assertTrue(
        deviations < DEVIATIONS,
        name + ": " + average + " is " + deviations + " standard deviations from " + mean);
  }

  private static void assertUncorrelated(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    double deviations = Math.abs(sum) / Math.sqrt(x.length);
    assertTrue(deviations < DEVIATIONS, "correlation of " + deviations + " standard deviations");
  }

  private static void assertDistribution(double[] x, DoubleUnaryOperator distribution) {
    double[] sorted = x.clone();
    Arrays.sort(sorted);
    double largest = 0;
    for (int i = 0; i < sorted.length; i++) {
      double p = distribution.applyAsDouble(sorted[i]);
      largest =
          Math.max(
              largest,
              Math.max(p - (double) i / sorted.length, (double) (i + 1) / sorted.length - p));
    }
    double statistic = largest * Math.sqrt(sorted.length);
    assertTrue(statistic < KOLMOGOROV, "Kolmogorov-Smirnov statistic " + statistic);
  }

  /// Abramowitz and Stegun 1964, 26.2.17: error below 7.5e-8.
  private static double normalDistribution(double x) {
    double t = 1 / (1 + 0.2316419 * Math.abs(x));
    double polynomial =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    double tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * polynomial;
    return x >= 0 ? 1 - tail : tail;
  }

  @Test
  void aFractionIsTheFirstNumberInFineSteps() {
    double sum = 0;
    for (int image = 0; image < 10_000; image++) {
      Rng rng = new Rng(1, 2, 3, image);
      double fraction = rng.fraction();
      assertEquals(rng.uniform(Tensor.zeros(1)).get(0), fraction, 0x1p-24);
      assertEquals(Math.rint(fraction * 0x1p30), fraction * 0x1p30);
      sum += fraction;
    }
    // Five standard errors of the mean, 1 / sqrt(12 n).
    assertEquals(0.5, sum / 10_000, 5 / Math.sqrt(120_000));
  }

  @Test
  void fractionsAreTheNumbersOfTheStream() {
    Rng rng = new Rng(1, 2, 3, 4);
    Tensor numbers = rng.uniform(Tensor.zeros(10));
    for (int i = 0; i < 10; i++) {
      assertEquals(numbers.get(i), rng.fraction(i), 0x1p-24);
    }
  }
}
