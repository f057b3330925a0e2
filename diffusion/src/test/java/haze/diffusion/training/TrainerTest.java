package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.Mnist;
import haze.diffusion.loss.OwnTimestepSamplerTest.EvenTimesteps;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.optim.Sgd;
import haze.nn.unet.UNet;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
        warm.warmUp();
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
      Trainer own = trainer(recorded, n -> new Sgd(n, 0, 0, false), workers);
      Trainer adam = trainer(recorded, Adam::new, workers);
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

  private static Trainer trainer(Workers workers) throws Exception {
    return trainer(new TimestepSampler.Uniform(20), Adam::new, workers);
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
