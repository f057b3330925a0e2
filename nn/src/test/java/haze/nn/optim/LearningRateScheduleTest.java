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

  /// The rates of steps 1, 4, 7, 8, 9, 20, 33 and 41 with a peak of 3e-4, 7 steps of warm-up and 40
  /// in all, from the formulas of diffusers' optimization.py (commit 013f555) in Python, where
  /// steps count from 0.
  @Test
  void lineAndCosineAreThoseOfDiffusers() {
    long[] steps = {1, 4, 7, 8, 9, 20, 33, 41};
    double[] line = {
      0,
      0.000128571428571,
      0.000257142857143,
      0.0003,
      0.000290909090909,
      0.000190909090909,
      7.27272727273e-05,
      0
    };
    double[] cosine = {
      0,
      0.000128571428571,
      0.000257142857143,
      0.0003,
      0.000299320788386,
      0.00021231225195,
      4.14398942842e-05,
      0
    };
    var linear = new LearningRateSchedule.LinearDecay(3e-4, 7, 7, 40);
    var half = new LearningRateSchedule.CosineDecay(3e-4, 7, 40);
    for (int i = 0; i < steps.length; i++) {
      assertEquals(line[i], linear.rate(steps[i]), 1e-15);
      assertEquals(cosine[i], half.rate(steps[i]), 1e-15);
    }
    assertEquals(0, linear.rate(Long.MAX_VALUE));
  }

  /// The full rate may stay for a while: warm-up, plateau, fall.
  @Test
  void aFallMayBeginLaterThanTheWarmUpEnds() {
    assertArrayEquals(
        new double[] {0, 5, 10, 10, 10, 10, 10, 7.5, 5, 2.5},
        tenSteps(new LearningRateSchedule.LinearDecay(10, 2, 6, 10)));
    assertArrayEquals(
        new double[] {0, 5, 10, 10, 10, 10, 10, 8.54, 5, 1.46},
        tenSteps(new LearningRateSchedule.CosineDecay(10, 2, 6, 10)),
        0.01);
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
        "cosine: a warm-up of 5 steps and a fall after 5 of 5, expected warm-up <= fall < all"
            + " steps",
        assertThrows(
                IllegalArgumentException.class, () -> new LearningRateSchedule.CosineDecay(1, 5, 5))
            .getMessage());
    assertEquals(
        "linear: a warm-up of 5 steps and a fall after 4 of 9, expected warm-up <= fall < all"
            + " steps",
        assertThrows(
                IllegalArgumentException.class,
                () -> new LearningRateSchedule.LinearDecay(1, 5, 4, 9))
            .getMessage());
    for (var schedule :
        new LearningRateSchedule[] {
          new LearningRateSchedule.Constant(1),
          new LearningRateSchedule.LinearWarmUp(1, 0),
          new LearningRateSchedule.LinearWarmUp(1, 3),
          new LearningRateSchedule.CosineDecay(1, 0, 3),
          new LearningRateSchedule.CosineDecay(1, 2, 3),
          new LearningRateSchedule.LinearDecay(1, 0, 0, 3),
          new LearningRateSchedule.LinearDecay(1, 2, 2, 3)
        }) {
      assertThrows(IllegalArgumentException.class, () -> schedule.rate(0));
    }
  }
}
