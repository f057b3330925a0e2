package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ForwardProcessTest {
  private static final int DRAWS = 200_000;

  /// diffusers computes `1 - alphaBar` in float32, off by up to 2^-24: its square root, the factor
  /// before the noise, is off by that over twice the root.
  @Test
  void addNoiseIsThatOfDiffusers() {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/add_noise");
    Tensor x0 = GoldenFiles.images(golden.get("original"));
    Tensor epsilon = GoldenFiles.images(golden.get("noise"));
    Map<String, NoiseSchedule> schedules =
        Map.of("ddpm", NoiseSchedule.linear(1000), "ddim.cos", NoiseSchedule.cosine(1000));
    int[] t = {1, 1000}; // 0 and 999 in the file
    schedules.forEach(
        (name, schedule) -> {
          Tensor xt = new ForwardProcess(schedule).addNoise(x0, epsilon, t);
          Tensor expected = GoldenFiles.images(golden.get(name + ".add_noise"));
          for (int i = 0; i < t.length; i++) {
            double rounding = 0x1p-24 / (2 * Math.sqrt(1 - schedule.alphaBar(t[i])));
            // Elements are below 4; coefficients, products and the sum are float32, here and there.
            double tolerance = 4 * (rounding + 3 * 0x1p-24);
            assertArrayEquals(
                expected.at(i).toArray(), xt.at(i).toArray(), (float) tolerance, name);
          }
        });
  }

  /// `q(x_1 | x_0)` is eq. 2 and eq. 4 at once; later transitions are those of a shorter chain.
  @Test
  void aTransitionIsTheFirstStepOfAChainThatBeginsThere() {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(.1, .4);
    DiagonalGaussian second = new ForwardProcess(schedule).transition(new double[] {.3, -2}, 2);
    DiagonalGaussian first =
        new ForwardProcess(NoiseSchedule.ofBetas(.4)).distribution(new double[] {.3, -2}, 1);
    assertArrayEquals(first.mean(), second.mean(), 1e-15);
    assertArrayEquals(first.logVariance(), second.logVariance(), 1e-15);
  }

  /// t steps one by one and all at once are both compared with N(sqrt(alphaBar) x_0, 1 - alphaBar),
  /// for DRAWS images of one pixel.
  @Test
  void stepByStepAndAllAtOnceHaveTheSameDistribution() {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    ForwardProcess forward = new ForwardProcess(schedule);
    Tensor x0 = Tensor.full(-0.7f, DRAWS, 1, 1, 1);
    Tensor stepped = x0;
    for (int t = 1; t <= 50; t++) {
      stepped = forward.step(stepped, normal(t), t);
      if (t == 1 || t == 10 || t == 25 || t == 50) {
        double mean = Math.sqrt(schedule.alphaBar(t)) * -0.7f;
        double variance = 1 - schedule.alphaBar(t);
        Tensor atOnce = forward.addNoise(x0, normal(1000 + t), t);
        DistributionFixture.assertNormal(mean, variance, stepped);
        DistributionFixture.assertNormal(mean, variance, atOnce);
        DistributionFixture.assertKolmogorovSmirnov(mean, variance, stepped);
        DistributionFixture.assertKolmogorovSmirnov(mean, variance, atOnce);
        DistributionFixture.assertSameDistribution(stepped, atOnce);
      }
    }
  }

  /// Whatever the image: here half of the pixels are black and half are white.
  @Test
  void anImageWithALittleNoiseAddedAgainAndAgainBecomesPureNoise() {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    ForwardProcess forward = new ForwardProcess(schedule);
    Tensor x = Tensor.full(-1, DRAWS, 1, 1, 1);
    x.slice(0, DRAWS / 2).fill(1);
    double[] image = x.toDoubles();
    assertThrows(
        AssertionError.class,
        () ->
            DistributionFixture.assertKolmogorovSmirnov(0, 1, forward.addNoise(x, normal(1), 20)));
    Tensor end = x;
    for (int t = 1; t <= 100; t++) {
      end = forward.step(end, normal(t), t);
    }
    DistributionFixture.assertNormal(0, 1, end);
    DistributionFixture.assertKolmogorovSmirnov(0, 1, end);
    // L_T, the distance that is left: for pixels of power 1 half of alphaBar_T, 1.5e-5 bits.
    double left =
        VariationalBound.bitsPerDimension(
            forward.distribution(image, 100).kl(DiagonalGaussian.standard(DRAWS)), DRAWS);
    assertEquals(schedule.alphaBar(100) / 2 / Math.log(2), left, 1e-9);
    assertEquals(1.5e-5, left, 1e-6);
  }

  /// What follows depends on what is, not on what was: the noise that a step adds has nothing to do
  /// with the image two steps before. In a process that adds the same noise again it has.
  @Test
  void theChainHasNoMemory() {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    ForwardProcess forward = new ForwardProcess(schedule);
    Tensor before = forward.addNoise(normal(1), normal(2), 10);
    Tensor now = forward.step(before, normal(3), 11);
    double memory =
        Math.abs(correlation(before, residue(schedule, now, forward.step(now, normal(4), 12))));
    double again =
        Math.abs(
            correlation(
                before,
                residue(
                    schedule, now, forward.step(now, forward.epsilon(before, before, 10), 12))));
    double random = DistributionFixture.ONE_IN_A_MILLION / Math.sqrt(DRAWS);
    assertTrue(memory < random, memory + " is not below " + random);
    assertTrue(again > 10 * random, again + " is not above " + random);
  }

  /// What `x_12` has beyond its share of `x_11`.
  private static Tensor residue(NoiseSchedule schedule, Tensor x11, Tensor x12) {
    return WeightedSum.of(1, x12, -Math.sqrt(schedule.alpha(12)), x11);
  }

  private static double correlation(Tensor a, Tensor b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    double xMean = Arrays.stream(x).average().orElseThrow();
    double yMean = Arrays.stream(y).average().orElseThrow();
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += (x[i] - xMean) * (x[i] - xMean);
      yy += (y[i] - yMean) * (y[i] - yMean);
      xy += (x[i] - xMean) * (y[i] - yMean);
    }
    return xy / Math.sqrt(xx * yy);
  }

  @Test
  void aChainWithoutNoiseOnlyLosesSignal() {
    NoiseSchedule schedule = NoiseSchedule.cosine(20);
    ForwardProcess forward = new ForwardProcess(schedule);
    Tensor x = Tensor.full(1, 1, 2);
    for (int t = 1; t < 20; t++) {
      x = forward.step(x, Tensor.zeros(1, 2), t);
      assertEquals(Math.sqrt(schedule.alphaBar(t)), x.get(0, 1), 1e-6);
    }
  }

  @Test
  void standardNormalNoiseStaysStandardNormal() {
    ForwardProcess forward = new ForwardProcess(NoiseSchedule.linear(50));
    DistributionFixture.assertNormal(0, 1, forward.step(normal(1), normal(2), 40));
  }

  @Test
  void everyImageHasItsOwnTimestep() {
    ForwardProcess forward = new ForwardProcess(NoiseSchedule.linear(100));
    Tensor x = new Rng(1, 0, 0, 0).normal(Tensor.zeros(3, 2, 2, 1));
    Tensor y = new Rng(2, 0, 0, 0).normal(Tensor.zeros(3, 2, 2, 1));
    int[] t = {100, 1, 42};
    for (int i = 0; i < t.length; i++) {
      Tensor xi = x.slice(i, 1);
      Tensor yi = y.slice(i, 1);
      assertArrayEquals(
          forward.addNoise(xi, yi, t[i]).toArray(), forward.addNoise(x, y, t).at(i).toArray());
      assertArrayEquals(
          forward.step(xi, yi, t[i]).toArray(), forward.step(x, y, t).at(i).toArray());
      assertArrayEquals(forward.x0(xi, yi, t[i]).toArray(), forward.x0(x, y, t).at(i).toArray());
      assertArrayEquals(
          forward.epsilon(xi, yi, t[i]).toArray(), forward.epsilon(x, y, t).at(i).toArray());
    }
  }

  @Property(tries = 200)
  void addedNoiseIsUndoneByBothSolutions(
      @ForAll @IntRange(min = 1, max = 1000) int t, @ForAll int seed) {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    ForwardProcess forward = new ForwardProcess(schedule);
    Tensor x0 = new Rng(seed, 1, 0, 0).uniform(Tensor.zeros(2, 3, 3, 1));
    Tensor epsilon = new Rng(seed, 2, 0, 0).normal(Tensor.zeros(2, 3, 3, 1));
    Tensor xt = forward.addNoise(x0, epsilon, t);
    // x_t is rounded, by 2^-24 of at most 8, and the solution divides by the factor of what it
    // seeks.
    double rounding = 8 * 4 * 0x1p-24;
    assertArrayEquals(
        x0.toArray(),
        forward.x0(xt, epsilon, t).toArray(),
        (float) (rounding / Math.sqrt(schedule.alphaBar(t))));
    assertArrayEquals(
        epsilon.toArray(),
        forward.epsilon(xt, x0, t).toArray(),
        (float) (rounding / Math.sqrt(1 - schedule.alphaBar(t))));
  }

  @Test
  void atTimestepZeroThereIsTheImageAlone() {
    ForwardProcess forward = new ForwardProcess(NoiseSchedule.linear(100));
    Tensor x0 = Tensor.full(0.25f, 1, 2);
    Tensor epsilon = Tensor.full(3, 1, 2);
    assertArrayEquals(x0.toArray(), forward.addNoise(x0, epsilon, 0).toArray());
    assertArrayEquals(x0.toArray(), forward.x0(x0, epsilon, 0).toArray());
    assertMessage("epsilon from x0: there is no noise at t = 0", () -> forward.epsilon(x0, x0, 0));
  }

  @Test
  void addNoiseWritesIntoMemoryOfTheCallersChoice() {
    var forward = new ForwardProcess(NoiseSchedule.linear(100));
    Tensor x0 = normal(1);
    Tensor epsilon = normal(2);
    float[] memory = new float[x0.size() + 5];
    Arrays.fill(memory, Float.NaN);
    Tensor xt = forward.addNoise(shape -> Tensor.wrap(shape, memory, 3), x0, epsilon, 40);
    assertSame(memory, xt.data());
    assertArrayEquals(forward.addNoise(x0, epsilon, 40).toArray(), xt.toArray());
    assertTrue(Float.isNaN(memory[2]) && Float.isNaN(memory[3 + x0.size()]));
  }

  @Test
  void wrongArgumentsAreNamed() {
    ForwardProcess forward = new ForwardProcess(NoiseSchedule.linear(100));
    Tensor x = Tensor.zeros(3, 2, 2, 1);
    assertMessage(
        "add noise: shapes differ: [3, 2, 2, 1] and [3, 4]",
        () -> forward.addNoise(x, Tensor.zeros(3, 4), 1));
    assertMessage(
        "forward step: 2 timesteps for images [3, 2, 2, 1]", () -> forward.step(x, x, 1, 2));
    assertMessage("x0 from epsilon: 0 timesteps for images [3, 2, 2, 1]", () -> forward.x0(x, x));
    assertMessage(
        "noise schedule: timestep 101 is not in 0..100", () -> forward.addNoise(x, x, 101));
    assertMessage("noise schedule: timestep 0 is not in 1..100", () -> forward.step(x, x, 0));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  private static Tensor normal(int step) {
    return new Rng(5, 3, step, 0).normal(Tensor.zeros(DRAWS, 1, 1, 1));
  }
}
