package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.autograd.GradientCheck;
import haze.autograd.Tape;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FourierFeaturesTest {
  private static Tensor of(Tensor x) {
    return FourierFeatures.apply(Tape.off(new BufferPool()), Tape.off(new BufferPool()).constant(x))
        .value();
  }

  @Test
  void theImageComesFirstAndThenItsWaves() {
    Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(2, 3, 1, 2));
    Tensor y = of(x);
    float[] values = y.toArray();
    assertEquals(Shape.of(2, 3, 1, 10), y.shape());
    for (int pixel = 0; pixel < 6; pixel++) {
      for (int c = 0; c < 2; c++) {
        double value = x.data()[2 * pixel + c];
        double angle = Math.PI * 127.5 * (value + 1);
        double[] expected = {
          value, Math.sin(angle), Math.cos(angle), Math.sin(2 * angle), Math.cos(2 * angle)
        };
        for (int k = 0; k < 5; k++) {
          assertEquals(expected[k], values[10 * pixel + 2 * k + c], 1e-6, "wave " + k);
        }
      }
    }
  }

  /// The shorter wave has the same phase at every level, the longer one the opposite at the next.
  @Test
  void everyLevelHasOneOfTwoPhases() {
    Tensor x = Tensor.zeros(1, 256, 1, 1);
    for (int k = 0; k < 256; k++) {
      x.data()[k] = (float) (2.0 * k / 255 - 1);
    }
    Tensor y = of(x);
    float[] values = y.toArray();
    for (int k = 0; k < 256; k++) {
      double[] expected = {x.data()[k], 0, k % 2 == 0 ? 1 : -1, 0, 1};
      for (int j = 0; j < 5; j++) {
        // A level in float is off by 2^-25, which is 127.5 pi times as much of an angle.
        assertEquals(expected[j], values[5 * k + j], 5e-5, "level " + k);
      }
    }
  }

  @Test
  void itPassesTheGradientCheck() {
    // Steps of a 32nd of the values, which must be short beside a wave of 0.008.
    Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(2, 2, 3, 2));
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] *= 0.004f;
    }
    GradientCheck.check((tape, inputs) -> FourierFeatures.apply(tape, inputs.getFirst()), x);
  }

  @Test
  void aNetworkThatSeesThemHasFiveTimesTheInputsAndTheGradientOfItsImages() {
    UNetConfig plain = UNetConfig.builder(8, 1).channels(8, 8).layers(1).build();
    UNetConfig config = plain.with(UNetSwitch.FOURIER_FEATURES, true);
    UNet unet = new UNet(config);
    new ParameterVector(unet).initialize(1, 2, false);
    assertEquals(
        Shape.of(3, 3, 5, 8),
        Objects.requireNonNull(unet.parameters().get("conv_in.weight")).value().shape());
    assertEquals(Shape.of(8, 8, 1), config.imageShape());
    Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(1, 8, 8, 1));
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] *= 0.002f;
    }
    GradientCheck.check(
        (tape, inputs) -> unet.forward(tape, inputs.getFirst(), new float[] {3}), x);
  }
}
