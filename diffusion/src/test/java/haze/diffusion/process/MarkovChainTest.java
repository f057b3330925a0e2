package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Rng;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MarkovChainTest {
  private static final int SUNNY = 0;
  private static final double[][] TOMORROW = {{.7, .2, .1}, {.3, .4, .3}, {.2, .4, .4}};
  private static final MarkovChain WEATHER = new MarkovChain(TOMORROW);
  private static final double[] SUNNY_TODAY = {1, 0, 0};
  private static final int DAYS = 300_000;

  @Test
  void theWeatherInTwoDaysIsTheSquareOfTheMatrix() {
    assertArrayEquals(TOMORROW[SUNNY], WEATHER.distribution(SUNNY_TODAY, 1), 1e-15);
    // Sunny twice, or back from clouds or rain: .7 .7 + .2 .3 + .1 .2 and so on.
    assertArrayEquals(new double[] {.57, .26, .17}, WEATHER.distribution(SUNNY_TODAY, 2), 1e-15);
    assertArrayEquals(SUNNY_TODAY, WEATHER.distribution(SUNNY_TODAY, 0), 0);
  }

  @Test
  void inTheLongRunTheWeatherForgetsToday() {
    double[] stationary = {6 / 13.0, 4 / 13.0, 3 / 13.0};
    assertArrayEquals(stationary, WEATHER.stationary(), 1e-15);
    for (int today = 0; today < 3; today++) {
      double[] distribution = new double[3];
      distribution[today] = 1;
      assertTrue(Math.abs(WEATHER.distribution(distribution, 1)[SUNNY] - stationary[SUNNY]) > .1);
      assertArrayEquals(stationary, WEATHER.distribution(distribution, 60), 1e-14);
    }
  }

  @Test
  void aLongChainVisitsStatesByTheStationaryDistributionAndStepsByTheMatrix() {
    int[] states = WEATHER.simulate(new Rng(1, 2, 3, 4), SUNNY, DAYS);
    assertEquals(DAYS + 1, states.length);
    assertEquals(SUNNY, states[0]);
    double[] days = new double[3];
    double[][] pairs = new double[3][3];
    for (int k = 1; k <= DAYS; k++) {
      days[states[k - 1]]++;
      pairs[states[k - 1]][states[k]]++;
    }
    for (int i = 0; i < 3; i++) {
      // Days are not independent; twice the error of independent ones is ample, as the chain
      // forgets fast.
      double p = WEATHER.stationary()[i];
      assertEquals(p, days[i] / DAYS, 2 * error(p, DAYS));
      for (int j = 0; j < 3; j++) {
        assertEquals(TOMORROW[i][j], pairs[i][j] / days[i], error(TOMORROW[i][j], days[i]));
      }
    }
    assertArrayEquals(states, WEATHER.simulate(new Rng(1, 2, 3, 4), SUNNY, DAYS));
  }

  @Test
  void tomorrowDependsOnTodayAndNotOnYesterday() {
    int[] states = WEATHER.simulate(new Rng(5, 0, 0, 0), SUNNY, DAYS);
    double[][][] triples = new double[3][3][3];
    for (int k = 2; k <= DAYS; k++) {
      triples[states[k - 2]][states[k - 1]][states[k]]++;
    }
    for (double[][] yesterday : triples) {
      for (int i = 0; i < 3; i++) {
        double n = Arrays.stream(yesterday[i]).sum();
        for (int j = 0; j < 3; j++) {
          assertEquals(TOMORROW[i][j], yesterday[i][j] / n, error(TOMORROW[i][j], n));
        }
      }
    }
  }

  /// What a frequency misses its probability by with probability 1e-6.
  private static double error(double p, double n) {
    return DistributionFixture.ONE_IN_A_MILLION * Math.sqrt(p * (1 - p) / n);
  }

  @Property(tries = 100)
  void aStepLeavesTheStationaryDistributionAsItIs(
      @ForAll @IntRange(min = 1, max = 8) int states, @ForAll int seed) {
    double[][] transition = new double[states][states];
    for (int i = 0; i < states; i++) {
      for (int j = 0; j < states; j++) {
        transition[i][j] = 1 + new Rng(seed, 0, i, 0).below(j, 1000);
      }
      double sum = Arrays.stream(transition[i]).sum();
      transition[i] = Arrays.stream(transition[i]).map(p -> p / sum).toArray();
    }
    MarkovChain chain = new MarkovChain(transition);
    double[] distribution = chain.stationary();
    assertEquals(1, Arrays.stream(distribution).sum(), 1e-12);
    assertArrayEquals(distribution, chain.distribution(distribution, 1), 1e-12);
    assertArrayEquals(
        chain.distribution(distribution, 5),
        chain.distribution(chain.distribution(distribution, 2), 3),
        1e-12);
  }

  @Test
  void impossibleStepsAreNeverTaken() {
    MarkovChain cycle = new MarkovChain(new double[][] {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}});
    assertArrayEquals(new int[] {2, 0, 1, 2, 0}, cycle.simulate(new Rng(1, 0, 0, 0), 2, 4));
    assertArrayEquals(new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0}, cycle.stationary(), 1e-15);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertMessage("markov chain: no states", () -> new MarkovChain(new double[0][]));
    assertMessage(
        "markov chain: row 1 is not a distribution of 2 states: [0.5, 0.6]",
        () -> new MarkovChain(new double[][] {{1, 0}, {.5, .6}}));
    assertMessage(
        "markov chain: row 0 is not a distribution of 2 states: [1.5, -0.5]",
        () -> new MarkovChain(new double[][] {{1.5, -.5}, {.5, .5}}));
    assertMessage(
        "markov chain: row 0 is not a distribution of 1 states: [0.5, 0.5]",
        () -> new MarkovChain(new double[][] {{.5, .5}}));
    assertMessage(
        "markov chain: initial distribution is not a distribution of 3 states: [1.0]",
        () -> WEATHER.distribution(new double[] {1}, 1));
    assertMessage("markov chain: -1 steps", () -> WEATHER.distribution(SUNNY_TODAY, -1));
    assertMessage(
        "markov chain: 2 steps from state 3 of 3",
        () -> WEATHER.simulate(new Rng(1, 0, 0, 0), 3, 2));
    assertEquals(
        "markov chain: no single stationary distribution is sure: state 1 does not lead to those"
            + " before it",
        assertThrows(
                IllegalStateException.class,
                new MarkovChain(new double[][] {{1, 0}, {0, 1}})::stationary)
            .getMessage());
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
