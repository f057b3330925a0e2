package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SpreadTest {
  @Property
  void aSampleHasOneNumberOfEachPart(
      @ForAll @IntRange(min = 1, max = 500) int some, @ForAll @IntRange(max = 100_000) int more) {
    int count = some + more;

    int[] sample = Spread.sample(count, some);

    for (int i = 0; i < some; i++) {
      assertTrue(
          sample[i] >= Spread.at(i, some, count) && sample[i] < Spread.at(i + 1, some, count));
    }
  }

  @Test
  void whatTakesTurnsHasItsPartInASample() {
    for (int turn : new int[] {2, 3, 5, 10}) {
      int[] times = new int[turn];
      for (int number : Spread.sample(60_000, 1_000)) {
        times[number % turn]++;
      }
      for (int n : times) {
        assertEquals(1_000.0 / turn, n, 25, "of " + turn);
      }
    }
    assertTrue(IntStream.of(Spread.over(60_000, 1_000)).allMatch(number -> number % 2 == 0));
  }

  @Test
  void allAreEachOnce() {
    int[] all = {0, 1, 2, 3, 4, 5, 6};
    assertArrayEquals(all, Spread.sample(7, 7));
    assertArrayEquals(all, Spread.over(7, 7));
  }
}
