package haze.diffusion.sampler.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.diffusion.process.NoiseSchedule;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimestepSpacingTest {
  private static final int LISTS = 340;

  /// Where diffusers' trailing list has one timestep more than was asked for, the last is -1: an
  /// artefact of rounding that is left out here, where Heun's lists have it twice.
  @Test
  void theTimestepsAreThoseOfDiffusers() {
    int compared = 0;
    for (var scheduler : GoldenFiles.json("schedulers/timesteps").entrySet()) {
      for (var spacing : ((Map<?, ?>) scheduler.getValue()).entrySet()) {
        String[] name = ((String) spacing.getKey()).split("\\.");
        for (var list : ((Map<?, ?>) spacing.getValue()).entrySet()) {
          int steps = Integer.parseInt((String) list.getKey());
          double[] expected =
              ((List<?>) list.getValue())
                  .stream()
                      .mapToDouble(number -> ((Number) number).doubleValue())
                      .filter(t -> t >= 0)
                      .toArray();
          double[] actual =
              timesteps(
                  scheduler.getKey(),
                  TimestepSpacing.valueOf(name[0].toUpperCase(Locale.ROOT)),
                  steps,
                  name.length == 1 ? 0 : 1);
          // Fractional timesteps are float32 there.
          assertArrayEquals(
              expected, actual, 1e-4, scheduler.getKey() + " " + spacing.getKey() + " " + steps);
          compared++;
        }
      }
    }
    assertEquals(LISTS, compared);
  }

  private static double[] timesteps(
      String scheduler, TimestepSpacing spacing, int steps, int offset) {
    double[] once =
        switch (scheduler) {
          case "DPMSolverMultistepScheduler" -> spacing.beforeTheLast(1000, 1000, steps, offset);
          case "EulerDiscreteScheduler", "HeunDiscreteScheduler" ->
              spacing.fractional(1000, steps, offset);
          default ->
              Arrays.stream(spacing.timesteps(1000, steps, offset))
                  .mapToDouble(NoiseSchedule::modelTimestep)
                  .toArray();
        };
    // Heun's list has a timestep for every question to the network: two for every step but the
    // last.
    return scheduler.equals("HeunDiscreteScheduler")
        ? IntStream.range(0, 2 * steps - 1).mapToDouble(i -> once[(i + 1) / 2]).toArray()
        : once;
  }

  @Test
  void stepsThatDoNotFitBeforeTimestepsThatAreLeftOutAreCounted() {
    assertEquals(0, TimestepSpacing.TRAILING.beforeTheLast(1000, 996, 222, 0)[221]);
    assertEquals(
        "timestep spacing: 223 steps are too many where the scheduler leaves out the last 4 of 1000"
            + " timesteps, expected at most 222",
        assertThrows(
                IllegalArgumentException.class,
                () -> TimestepSpacing.TRAILING.beforeTheLast(1000, 996, 223, 0))
            .getMessage());
  }

  /// 1000 / 16 = 62.5, so that every other timestep is half way: 937.5, 812.5, 687.5, ...
  @Test
  void halvesAreRoundedToTheEvenTimestep() {
    assertArrayEquals(
        new int[] {1000, 938, 875, 812, 750, 688, 625, 562, 500, 438, 375, 312, 250, 188, 125, 62},
        TimestepSpacing.TRAILING.timesteps(1000, 16));
  }

  @Test
  void anOffsetMovesLeadingTimestepsOnly() {
    assertArrayEquals(new int[] {902, 602, 302, 2}, TimestepSpacing.LEADING.timesteps(1200, 4, 1));
    for (TimestepSpacing spacing :
        new TimestepSpacing[] {TimestepSpacing.LINSPACE, TimestepSpacing.TRAILING}) {
      assertArrayEquals(spacing.timesteps(1000, 7), spacing.timesteps(1000, 7, 1));
    }
  }

  @Property
  void anyNumberOfStepsFallsWithinTheChain(
      @ForAll TimestepSpacing spacing,
      @ForAll @IntRange(min = 1, max = 1000) int timesteps,
      @ForAll @IntRange(min = 1, max = 1000) int wanted) {
    int steps = Math.min(wanted, timesteps);
    int[] t = spacing.timesteps(timesteps, steps);
    assertEquals(steps, t.length);
    for (int i = 0; i < steps; i++) {
      assertTrue(t[i] >= 1 && t[i] <= timesteps && (i == 0 || t[i] < t[i - 1]), Arrays.toString(t));
    }
  }

  @Property
  void asManyStepsAsTimestepsVisitAll(
      @ForAll TimestepSpacing spacing, @ForAll @IntRange(min = 1, max = 1000) int timesteps) {
    int[] t = spacing.timesteps(timesteps, timesteps);
    assertEquals(timesteps, t[0]);
    assertEquals(1, t[timesteps - 1]);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertMessage(
        "timestep spacing: 0 steps are not in 1..1000",
        () -> TimestepSpacing.LEADING.timesteps(1000, 0));
    assertMessage(
        "timestep spacing: 1001 steps are not in 1..1000",
        () -> TimestepSpacing.TRAILING.timesteps(1000, 1001));
    assertMessage(
        "timestep spacing: steps offset 1 leads out of 1000 timesteps",
        () -> TimestepSpacing.LEADING.timesteps(1000, 1000, 1));
    assertMessage(
        "timestep spacing: steps offset -1 leads out of 1000 timesteps",
        () -> TimestepSpacing.LEADING.timesteps(1000, 10, -1));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
