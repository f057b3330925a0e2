package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.loss.OwnTimestepSamplerTest.EvenTimesteps;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.optim.Sgd;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TrainerTest {
  /// It compiles kernels on a real image; weights, moments, the moving average and the random draws
  /// stay as they were.
  @Test
  void warmingUpLeavesNoTrace() throws Exception {
    try (Workers workers = new Workers(2)) {
      Trainer cold = trainer(workers);
      Trainer warm = trainer(workers);
      for (int i = 0; i < 2; i++) {
        warm.warmUp(() -> false);
        Trainer.Step expected = cold.step();
        Trainer.Step actual = warm.step();
        assertEquals(expected.step(), actual.step());
        assertEquals(expected.loss(), actual.loss());
        assertEquals(expected.gradientNorm(), actual.gradientNorm());
      }
      Map<String, float[]> state = warm.state();
      assertEquals(cold.state().keySet(), state.keySet());
      cold.state().forEach((name, values) -> assertArrayEquals(values, state.get(name), name));
      assertArrayEquals(cold.emaWeights(), warm.emaWeights());
    }
  }

  /// A class of one's own is all that it takes to train at other timesteps, or with another rule.
  @Test
  void anOwnTimestepSamplerAndAnOwnOptimizerAreUsed() throws Exception {
    try (Workers workers = new Workers(1)) {
      List<Integer> drawn = new ArrayList<>();
      TimestepSampler even = new EvenTimesteps(20);
      TimestepSampler recorded =
          new TimestepSampler() {
            @Override
            public Draw draw(long seed, int purpose, int step, int count) {
              return even.draw(seed, purpose, step, count);
            }

            @Override
            public void update(int[] t, float[] losses) {
              for (int i : t) {
                drawn.add(i);
              }
            }
          };
      Trainer own =
          trainer(recorded, Optimizer.Factory.ofSize(n -> new Sgd(n, 0, 0, false)), workers);
      Trainer adam = trainer(recorded, Optimizer.Factory.ofSize(Adam::new), workers);
      own.step();
      adam.step();
      assertEquals(32, drawn.size());
      assertTrue(drawn.stream().allMatch(t -> t % 2 == 0 && t >= 2 && t <= 20), drawn.toString());
      assertTrue(drawn.stream().distinct().count() > 5, drawn.toString());
      assertFalse(Arrays.equals(own.state().get("weights"), adam.state().get("weights")));
      assertFalse(own.state().containsKey("optimizer.exp_avg"));
      assertTrue(adam.state().containsKey("optimizer.exp_avg"));
    }
  }

  /// The step of a batch without a finite loss counts, and changes nothing.
  @Test
  void aBatchWithoutAFiniteLossIsNamedAndTheRunGoesOnWithTheNext() throws Exception {
    try (Workers one = new Workers(1);
        Workers three = new Workers(3)) {
      List<Integer> updated = new ArrayList<>();
      Trainer whole =
          trainer(weightless(updated, 2, 4, 5), Optimizer.Factory.ofSize(Adam::new), three);
      List<Trainer.Step> steps = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        float[] before = whole.state().get("weights").clone();
        float[] average = whole.emaWeights().clone();
        steps.add(whole.step());
        assertEquals(
            steps.getLast().isApplied(), !Arrays.equals(before, whole.state().get("weights")));
        assertEquals(steps.getLast().isApplied(), !Arrays.equals(average, whole.emaWeights()));
      }
      assertEquals(
          List.of(true, false, true), steps.stream().map(Trainer.Step::isApplied).toList());
      RefusedBatch refused = steps.get(1).refused().orElseThrow();
      assertTrue(Double.isNaN(refused.loss()) && Double.isNaN(refused.gradientNorm()));
      assertEquals(16, refused.images().size());
      RefusedBatch.Image third = refused.images().get(3);
      assertTrue(Double.isNaN(third.loss()));
      assertTrue(
          refused
              .toString()
              .startsWith(
                  "step 2 is not applied: loss NaN, gradient norm NaN, of image "
                      + third.index()
                      + " at t = "
                      + third.timestep()
                      + ", image "
                      + refused.images().getFirst().index()
                      + " at t = "),
          refused::toString);
      assertTrue(refused.toString().endsWith(" and 8 more"), refused::toString);

      // One that is resumed in the middle of it makes the same of the rest.
      Trainer resumed =
          trainer(weightless(new ArrayList<>(), 2, 4, 5), Optimizer.Factory.ofSize(Adam::new), one);
      Map<String, float[]> state = whole.state();
      resumed.state().forEach((name, to) -> System.arraycopy(state.get(name), 0, to, 0, to.length));
      resumed.resumeAt(whole.completed());
      for (int i = 3; i < 7; i++) {
        assertEquals(whole.step().isApplied(), resumed.step().isApplied());
      }
      assertEquals(7, resumed.completed());
      assertEquals(4 * 16, updated.size());
      state.forEach((name, values) -> assertArrayEquals(values, resumed.state().get(name), name));
    }
  }

  /// Neither the threads nor how much of a batch is in memory shows in a bit of the weights.
  @Property(tries = 12)
  void microBatchAndThreadsDoNotChangeABit(
      @ForAll @IntRange(min = 1, max = 12) int batch,
      @ForAll @IntRange(min = 1, max = 5) int shard,
      @ForAll @IntRange(min = 5, max = 13) int microBatch,
      @ForAll @IntRange(max = 1000) int seed) {
    TrainingSettings settings =
        TrainingSettings.DEFAULT
            .with(Settings.BATCH, batch)
            .with(Settings.SHARD, shard)
            .with(Settings.SEED, (long) seed);
    Map<String, float[]> whole = small(settings, 1);
    assertTrue(whole.get("weights").length > 100);
    for (int threads : new int[] {1, 2, 3, 4, 7}) {
      Map<String, float[]> parts = small(settings.with(Settings.MICRO_BATCH, microBatch), threads);
      whole.forEach((name, values) -> assertArrayEquals(values, parts.get(name), name));
    }
  }

  /// The state after two steps of a network that is small enough for many of them.
  private static Map<String, float[]> small(TrainingSettings settings, int threads) {
    float[] pixels = new float[40 * 64];
    new Rng(1, 2, 3, 4).uniform(Tensor.of(Shape.of(pixels.length), pixels));
    ImageDataset data = ImageDataset.of(pixels, Shape.of(8, 8, 1));
    try (Workers workers = new Workers(threads)) {
      Trainer trainer =
          new Trainer(
              new UNet(
                  UNetConfig.builder(8, 1)
                      .layers(1)
                      .channels(4, 8)
                      .groups(2)
                      .headChannels(4)
                      .build()),
              new SimpleLoss(NoiseSchedule.linear(1000), Prediction.EPSILON),
              new TimestepSampler.Uniform(1000),
              Optimizer.Factory.ofSize(Adam::new),
              data,
              settings,
              workers);
      trainer.step();
      trainer.step();
      return trainer.state();
    }
  }

  @Test
  void aMicroBatchHasAtLeastAShard() {
    TrainingSettings settings =
        TrainingSettings.DEFAULT.with(Settings.BATCH, 256).with(Settings.MICRO_BATCH, 15);
    assertEquals(
        "micro-batch is 15, expected at least the 16 images of a shard (--shard)",
        assertThrows(RequestException.class, settings::shardsAtOnce).getMessage());
    assertEquals(2, settings.with(Settings.MICRO_BATCH, 47).shardsAtOnce());
    assertEquals(16, settings.with(Settings.MICRO_BATCH, 0).shardsAtOnce());
    assertEquals(1, settings.with(Settings.BATCH, 8).with(Settings.MICRO_BATCH, 8).shardsAtOnce());
  }

  /// Gives the fourth image of some steps a weight that is no number.
  private static TimestepSampler weightless(List<Integer> updated, int... steps) {
    TimestepSampler uniform = new TimestepSampler.Uniform(20);
    return new TimestepSampler() {
      @Override
      public Draw draw(long seed, int purpose, int step, int count) {
        Draw draw = uniform.draw(seed, purpose, step, count);
        if (Arrays.stream(steps).anyMatch(bad -> bad == step)) {
          draw.weights()[3] = Float.NaN;
        }
        return draw;
      }

      @Override
      public void update(int[] t, float[] losses) {
        Arrays.stream(t).forEach(updated::add);
      }
    };
  }

  private static Trainer trainer(Workers workers) throws Exception {
    return trainer(new TimestepSampler.Uniform(20), Optimizer.Factory.ofSize(Adam::new), workers);
  }

  private static Trainer trainer(
      TimestepSampler timesteps, Optimizer.Factory optimizer, Workers workers) throws Exception {
    return new Trainer(
        new UNet(Preset.TINY.network()),
        new SimpleLoss(NoiseSchedule.linear(20), Prediction.EPSILON),
        timesteps,
        optimizer,
        Mnist.train(),
        Preset.TINY.settings(),
        workers);
  }
}
