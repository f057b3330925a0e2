package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.data.Mnist;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.nn.unet.UNet;
import haze.tensor.Workers;
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

  private static Trainer trainer(Workers workers) throws Exception {
    return new Trainer(
        new UNet(Preset.TINY.network()),
        new SimpleLoss(NoiseSchedule.linear(20), Prediction.EPSILON),
        new TimestepSampler.Uniform(20),
        Mnist.train(),
        Preset.TINY.settings(),
        workers);
  }
}
