package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// The expected rates of ten steps are those of huggingface's own tests of its schedules.
class LearningRateScheduleTest {
  private static double[] tenSteps(LearningRateSchedule schedule) {
    return LongStream.rangeClosed(1, 10).mapToDouble(schedule::rate).toArray();
  }

  @Test
  void constantIsConstant() {
    assertArrayEquals(
        new double[] {10, 10, 10, 10, 10, 10, 10, 10, 10, 10},
        tenSteps(new LearningRateSchedule.Constant(10)));
  }

  @Test
  void theLinearWarmUpBeginsAtZeroAndStaysAtThePeak() {
    assertArrayEquals(
        new double[] {0, 2.5, 5, 7.5, 10, 10, 10, 10, 10, 10},
        tenSteps(new LearningRateSchedule.LinearWarmUp(10, 4)));
    assertEquals(10, new LearningRateSchedule.LinearWarmUp(10, 0).rate(1));
  }

  @Test
  void theCosineFallsFromThePeakAfterItsWarmUp() {
    assertArrayEquals(
        new double[] {0, 5, 10, 9.61, 8.53, 6.91, 5, 3.08, 1.46, 0.38},
        tenSteps(new LearningRateSchedule.CosineDecay(10, 2, 10)),
        0.01);
    assertEquals(10, new LearningRateSchedule.CosineDecay(10, 0, 10).rate(1));
  }

  @Test
  void afterItsEndTheCosineStaysAtZero() {
    var schedule = new LearningRateSchedule.CosineDecay(10, 2, 10);
    assertEquals(0, schedule.rate(11));
    assertEquals(0, schedule.rate(15));
    assertEquals(0, schedule.rate(Long.MAX_VALUE));
  }

  @Property
  void everyRateLiesBetweenZeroAndThePeakAndFallsAfterTheWarmUp(
      @ForAll @IntRange(max = 100) int warmUp, @ForAll @IntRange(min = 1, max = 1000) int more) {
    var schedule = new LearningRateSchedule.CosineDecay(1e-4, warmUp, warmUp + more);
    for (long step = 1; step <= warmUp + more; step++) {
      double rate = schedule.rate(step);
      assertTrue(rate >= 0 && rate <= 1e-4);
      assertTrue(step <= warmUp ? rate < schedule.rate(step + 1) : rate > schedule.rate(step + 1));
    }
  }

  @Test
  void impossibleArgumentsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule.Constant(-1));
    assertThrows(
        IllegalArgumentException.class, () -> new LearningRateSchedule.LinearWarmUp(1, -1));
    assertEquals(
        "cosine: expected more steps than the 5 of the warm-up, not 5",
        assertThrows(
                IllegalArgumentException.class, () -> new LearningRateSchedule.CosineDecay(1, 5, 5))
            .getMessage());
    for (var schedule :
        new LearningRateSchedule[] {
          new LearningRateSchedule.Constant(1),
          new LearningRateSchedule.LinearWarmUp(1, 0),
          new LearningRateSchedule.LinearWarmUp(1, 3),
          new LearningRateSchedule.CosineDecay(1, 0, 3),
          new LearningRateSchedule.CosineDecay(1, 2, 3)
        }) {
      assertThrows(IllegalArgumentException.class, () -> schedule.rate(0));
    }
  }
}
