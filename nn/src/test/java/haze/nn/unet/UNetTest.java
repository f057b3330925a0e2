package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class UNetTest {
  @Test
  void thePredictionHasTheShapeOfTheImages() {
    // @start region="forward"
    UNet network = new UNet(UNetConfig.builder(28, 1).channels(8, 16).classes(10).build());
    new ParameterVector(network).initialize(7, 0, true);
    Tensor noisy = new Rng(7, 1, 0, 0).normal(Tensor.zeros(2, 28, 28, 1)); // two images
    float[] timesteps = {999, 10};
    Tensor predicted;
    try (Tape tape = Tape.off(new BufferPool())) {
      Variable output = network.forward(tape, tape.constant(noisy), timesteps, 3, 7); // classes
      predicted = output.value().copy(); // [2, 28, 28, 1]
    }
    // @end
    assertEquals(noisy.shape(), predicted.shape());
    // The last layer starts with zeros.
    assertEquals(0, predicted.get(1, 14, 14, 0));
  }

  @Test
  void itPrintsAsATreeOfItsParts() {
    UNet network = new UNet(UNetGoldenTest.TINY);
    String text = network.toString();
    String size = String.format(Locale.ROOT, "%,d", new ParameterVector(network).size());
    assertTrue(
        text.startsWith("UNet, " + size + " parameters\n  conv_in: Conv2d, 80 parameters\n"));
    assertTrue(
        text.contains("\n  down_blocks.0: DownBlock, ")
            && text.contains("\n    resnets.0: ResnetBlock, ")
            && text.contains("\n      time_emb_proj: Linear, ")
            && text.contains("\n        weight [32, 8]\n"),
        text);
    assertSame(UNetGoldenTest.TINY, network.config());
  }

  /// Of a residual block two values stay, of four to eight: memory of 26 maps of 8 channels and 32
  /// x 32 pixels, where all values would take 49.
  @Test
  void aPassOfTrainingKeepsNoValueThatIsComputedAgain() {
    UNet network = new UNet(UNetConfig.builder(32, 1).channels(8, 8, 8, 8).build());
    ParameterVector parameters = new ParameterVector(network);
    BufferPool pool = new BufferPool();
    try (Tape tape = Tape.recording(pool)) {
      parameters.watch(tape, new float[parameters.size()]);
      network.forward(tape, tape.constant(Tensor.zeros(16, 32, 32, 1)), new float[16]);
    }
    double maps = pool.bytes() / (16.0 * 32 * 32 * 8 * Float.BYTES);
    assertTrue(maps < 30, () -> maps + " maps");
  }

  private static void assertRefused(String message, Tensor images, float... timesteps) {
    UNet network = new UNet(UNetGoldenTest.TINY);
    try (Tape tape = Tape.off(new BufferPool())) {
      assertEquals(
          message,
          assertThrows(
                  IllegalArgumentException.class,
                  () -> network.forward(tape, tape.constant(images), timesteps))
              .getMessage());
    }
  }

  @Test
  void imagesAndTimestepsThatDoNotFitAreRefused() {
    String expected = ", expected [n, h, w, 1]";
    String even = " cannot be halved 1 time, the nearest sizes that can: ";
    assertRefused("u-net: images [1, 8, 8, 3]" + expected, Tensor.zeros(1, 8, 8, 3), 1);
    assertRefused("u-net: images of 8 x 7" + even + "8 x 6, 8 x 8", Tensor.zeros(1, 7, 8, 1), 1);
    assertRefused("u-net: images of 9 x 8" + even + "8 x 8, 10 x 8", Tensor.zeros(1, 8, 9, 1), 1);
    assertRefused("u-net: images [8, 8, 1]" + expected, Tensor.zeros(8, 8, 1), 1);
    assertRefused("u-net: 1 timesteps for 2 images", Tensor.zeros(2, 8, 8, 1), 1);
  }

  /// Images of any size that the levels can halve: only the weights are of one size.
  @Test
  void imagesOfAnotherSizeThanItIsMadeForWork() {
    UNet network = new UNet(UNetGoldenTest.TINY);
    new ParameterVector(network).initialize(1, 2, false);
    try (Tape tape = Tape.off(new BufferPool())) {
      Tensor images = Tensor.zeros(1, 4, 10, 1);
      assertEquals(
          Shape.of(1, 4, 10, 1),
          network.forward(tape, tape.constant(images), new float[] {5}).value().shape());
    }
  }
}
