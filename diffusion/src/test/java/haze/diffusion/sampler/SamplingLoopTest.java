package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.process.DistributionFixture;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class SamplingLoopTest {
  private static final SamplingLoop.Listener SILENT = (done, steps, step) -> {};
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(100);

  private final Sampler sampler =
      new AncestralSampler(
          SCHEDULE, TimestepSpacing.LEADING.timesteps(100, 10), ReverseVariance.FIXED_LARGE);
  private final SamplingLoop loop = loop((xt, timestep) -> xt, sampler);

  private static SamplingLoop loop(Network network, Sampler sampler) {
    Parameterization epsilon = Parameterization.of(Prediction.EPSILON, Clip.TO_DATA_RANGE);
    return new SamplingLoop(epsilon.denoiser(network), sampler);
  }

  @Test
  void anImageIsTheSameInWhateverBatchItIsMade() {
    Tensor together = loop.sample(9, 0, Shape.of(5, 2, 3, 1), SILENT);
    for (int i = 0; i < 5; i++) {
      Tensor alone = loop.sample(9, i, Shape.of(1, 2, 3, 1), SILENT);
      assertArrayEquals(together.at(i).toArray(), alone.at(0).toArray());
    }
    Tensor lastTwo = loop.sample(9, 3, Shape.of(2, 2, 3, 1), SILENT);
    assertArrayEquals(together.slice(3, 2).toArray(), lastTwo.toArray());
  }

  @Test
  void imagesAndSeedsDiffer() {
    Tensor images = loop.sample(9, 0, Shape.of(2, 4, 4, 1), SILENT);
    assertFalse(Arrays.equals(images.at(0).toArray(), images.at(1).toArray()));
    Tensor other = loop.sample(10, 0, Shape.of(1, 4, 4, 1), SILENT);
    assertFalse(Arrays.equals(images.at(0).toArray(), other.at(0).toArray()));
  }

  /// A sampler that hands on nothing but its noise shows what the loop draws.
  @Test
  void everyStepHasStandardNormalNoiseOfItsOwn() {
    Sampler noiseOnly =
        new Idle(3) {
          @Override
          public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
            return new State(noise.apply(0), List.of(from.xt()));
          }
        };
    List<Tensor> drawn = new ArrayList<>();
    Shape shape = Shape.of(50, 20, 20, 1);
    loop((xt, timestep) -> xt, noiseOnly)
        .sample(
            1,
            0,
            shape,
            (done, steps, step) -> {
              drawn.add(step.x0());
              if (done == steps) {
                drawn.add(step.xt());
              }
            });
    assertEquals(4, drawn.size());
    for (Tensor noise : drawn) {
      DistributionFixture.assertNormal(0, 1, noise);
    }
    for (int i = 0; i < drawn.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertUncorrelated(drawn.get(i), drawn.get(j));
      }
    }
  }

  @Test
  void theNetworkCountsTimestepsFromZero() {
    List<Double> asked = new ArrayList<>();
    loop(
            (xt, timestep) -> {
              asked.add(timestep);
              return xt;
            },
            sampler)
        .sample(1, 0, Shape.of(1, 1, 1, 1), SILENT);
    assertEquals(List.of(90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 0.0), asked);
  }

  @Test
  void theListenerSeesEveryStepAndThePictureAtTheEnd() {
    List<String> heard = new ArrayList<>();
    List<Tensor> seen = new ArrayList<>();
    Tensor picture =
        loop((xt, timestep) -> xt, new Idle(3))
            .sample(
                1,
                0,
                Shape.of(1, 2, 2, 1),
                (done, steps, step) -> {
                  heard.add(done + " of " + steps);
                  seen.add(step.xt());
                });
    assertEquals(List.of("1 of 3", "2 of 3", "3 of 3"), heard);
    assertArrayEquals(picture.toArray(), seen.get(2).toArray());
  }

  @Test
  void aNetworkThatAnswersInAnotherShapeIsNamed() {
    SamplingLoop wrong = loop((xt, timestep) -> Tensor.zeros(1, 4), sampler);
    assertEquals(
        "weighted sum: shapes differ: [1, 2, 2, 1] and [1, 4]",
        assertThrows(
                IllegalArgumentException.class,
                () -> wrong.sample(1, 0, Shape.of(1, 2, 2, 1), SILENT))
            .getMessage());
  }

  /// The correlation of n independent pairs has standard deviation 1 / sqrt(n); 4.89 of them are
  /// one in a million.
  private static void assertUncorrelated(Tensor a, Tensor b) {
    float[] x = a.toArray();
    float[] y = b.toArray();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    assertEquals(0, sum / x.length, 4.89 / Math.sqrt(x.length));
  }

  /// Takes a number of steps and changes nothing.
  private static class Idle implements Sampler {
    private final SamplingSchedule schedule;

    Idle(int steps) {
      this.schedule =
          SamplingSchedule.of(
              SCHEDULE, TimestepSpacing.LEADING.timesteps(100, steps), NoiseLevel.CLEAN);
    }

    @Override
    public SamplingSchedule schedule() {
      return schedule;
    }

    @Override
    public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
      return new State(from.xt(), List.of(from.xt()));
    }
  }
}
