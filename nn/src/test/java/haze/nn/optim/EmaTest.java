package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EmaTest {
  private static float[] normal(Random random, int size) {
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  @Property(tries = 100)
  void theCutsOfTheRangesDoNotChangeABit(
      @ForAll @IntRange(min = 1, max = 3000) int size, @ForAll long seed) {
    var random = new Random(seed);
    float[] initial = normal(random, size);
    var whole = new Ema(initial, new EmaDecay.WarmUp(0.9999, 0, 1));
    var cut = new Ema(initial, new EmaDecay.WarmUp(0.9999, 0, 1));
    for (int step = 1; step <= 5; step++) {
      float[] weights = normal(random, size);
      int at = random.nextInt(size + 1);
      whole.update(weights, step, 0, size);
      cut.update(weights, step, at, size);
      cut.update(weights, step, 0, at);
      assertArrayEquals(whole.average(), cut.average());
    }
  }

  @Test
  void beforeAveragingBeginsTheAverageIsAnExactCopy() {
    var ema = new Ema(new float[] {1e8f}, new EmaDecay.WarmUp(0.9999, 0, 3));
    for (int step = 1; step <= 4; step++) {
      float[] weights = {0.1f * step};
      ema.update(weights, step, 0, 1);
      assertArrayEquals(weights, ema.average());
    }
    ema.update(new float[] {7}, 5, 0, 1);
    assertEquals(0.4 + (1 - 2.0 / 11) * (7 - 0.4), ema.average()[0], 1e-6);
  }

  @Test
  void theInitialWeightsAreCopied() {
    float[] weights = {1, 2};
    var ema = new Ema(weights, new EmaDecay.Constant(0.5));
    weights[0] = 9;
    assertArrayEquals(new float[] {1, 2}, ema.average());
    ema.update(new float[] {3, 4}, 1, 1, 2);
    assertArrayEquals(new float[] {1, 3}, ema.average());
  }

  @Test
  void aDecayReachesItsMaximumAndStaysThere() {
    assertEquals(0.9999, new EmaDecay.WarmUp(0.9999, 0, 0).decay(1_000_000));
    assertEquals(0.9999, new EmaDecay.PowerWarmUp(1, 0.75, 0.9999, 0, 0).decay(Long.MAX_VALUE));
    assertEquals(0.3, new EmaDecay.PowerWarmUp(100, 0.75, 0.9999, 0.3, 0).decay(2));
    assertEquals(0, new EmaDecay.WarmUp(0.9999, 0.3, 0).decay(1));
  }

  @Test
  void impossibleArgumentsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.Constant(1.1));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.Constant(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.WarmUp(0.5, 0.6, 0));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.WarmUp(0.5, 0, -1));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.PowerWarmUp(0, 1, 0.5, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.PowerWarmUp(1, 0, 0.5, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.Constant(0.5).decay(0));
    assertThrows(IllegalArgumentException.class, () -> new EmaDecay.WarmUp(0.5, 0, 0).decay(0));
    assertEquals(
        "ema: arrays differ in size: 2 and 3",
        assertThrows(
                IllegalArgumentException.class,
                () -> new Ema(new float[2], new EmaDecay.Constant(0)).update(new float[3], 1, 0, 2))
            .getMessage());
  }
}
