package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class RunningMeanTest {
  @Property(tries = 200)
  void itIsTheMeanAndTheStandardErrorOfTheNumbers(
      @ForAll @Size(min = 1, max = 50) List<@DoubleRange(min = 0, max = 1e3) Double> numbers) {
    double[] x = numbers.stream().mapToDouble(Double::doubleValue).toArray();
    RunningMean running = new RunningMean();
    Arrays.stream(x).forEach(running::add);
    double mean = Arrays.stream(x).sum() / x.length;
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / (x.length - 1);
    assertEquals(x.length, running.count());
    assertEquals(mean, running.mean(), 1e-9);
    assertEquals(Math.sqrt(variance / x.length), running.standardError(), 1e-6);
    assertEquals(8 * mean, running.times(8).mean(), 1e-8);
  }

  @Property(tries = 200)
  void numbersCanBeAddedByTheirMeanAndItsStandardError(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = 0, max = 1e3) Double> first,
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = 0, max = 1e3) Double> second) {
    RunningMean all = new RunningMean();
    RunningMean parts = new RunningMean();
    for (List<Double> part : List.of(first, second)) {
      RunningMean own = new RunningMean();
      part.forEach(
          x -> {
            all.add(x);
            own.add(x);
          });
      parts.add(own.count(), own.mean(), own.standardError());
    }
    assertEquals(all.count(), parts.count());
    assertEquals(all.mean(), parts.mean(), 1e-9);
    assertEquals(all.standardError(), parts.standardError(), 1e-6);
  }
}
