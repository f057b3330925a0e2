package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import haze.autograd.GradientCheck;
import haze.autograd.Tape;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class UNetDropoutTest {
  private static final Tensor IMAGES = new Rng(1, 2, 3, 4).normal(Tensor.zeros(3, 8, 8, 1));
  private static final Rng STREAM = new Rng(5, 6, 7, 0);

  private static UNet network(double dropout) {
    UNet unet =
        new UNet(
            UNetConfig.builder(8, 1)
                .layers(1)
                .channels(8, 16)
                .set(UNetSwitch.DROPOUT, dropout)
                .build());
    new ParameterVector(unet).initialize(1, 2, false);
    return unet;
  }

  private static float[] trained(UNet unet, Tensor images, Rng stream) {
    try (Tape tape = Tape.off(new BufferPool())) {
      float[] timesteps = new float[images.dim(0)];
      return unet.forwardInTraining(tape, tape.constant(images), timesteps, stream)
          .value()
          .toArray();
    }
  }

  private static float[] sampled(UNet unet) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return unet.forward(tape, tape.constant(IMAGES), new float[3]).value().toArray();
    }
  }

  @Test
  void onlyTrainingDropsElements() {
    float[] without = sampled(network(0));
    assertArrayEquals(without, trained(network(0), IMAGES, STREAM));
    assertArrayEquals(without, sampled(network(0.3)));
    assertFalse(Arrays.equals(without, trained(network(0.3), IMAGES, STREAM)));
  }

  /// What is dropped of an image is the same in any shard of its batch, and other at each step.
  @Test
  void whatIsDroppedIsAFunctionOfTheStepAndTheImage() {
    UNet unet = network(0.3);
    float[] whole = trained(unet, IMAGES, STREAM);
    float[] last = trained(unet, IMAGES.slice(2, 1), new Rng(5, 6, 7, 2));
    assertArrayEquals(Arrays.copyOfRange(whole, 2 * 64, 3 * 64), last);
    assertFalse(Arrays.equals(whole, trained(unet, IMAGES, new Rng(5, 6, 8, 0))));
  }

  @Test
  void gradientsAreThoseOfTheValues() {
    UNet unet = network(0.3);
    GradientCheck.check(
        (tape, in) -> unet.forwardInTraining(tape, in.getFirst(), new float[] {3, 700, 9}, STREAM),
        IMAGES.copy(),
        unet.parameters().get("down_blocks.0.resnets.0.conv1.weight").value(),
        unet.parameters().get("up_blocks.1.resnets.1.norm2.weight").value());
  }
}
