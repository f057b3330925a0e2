package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.pipeline.DigitsModel;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkPartTest {
  @Test
  void thePartsOfTheModelOfDigitsAreFound() throws IOException {
    UNet unet = DigitsModel.load().unet();
    ParameterVector parameters = new ParameterVector(unet);
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, new float[parameters.size()]);
      Variable images = tape.constant(Tensor.zeros(2, 28, 28, 1));
      unet.forward(tape, images, new float[2], 0, 1);
      List<NetworkPart> parts = NetworkPart.of(unet, tape.operations());
      // 3x3 windows from 1 channel to 32, and 32 biases; the batch does not count.
      assertEquals(
          new NetworkPart(
              "conv_in", Shape.of(28, 28, 1), Shape.of(28, 28, 32), 9 * 32 + 32, 9 * 32 * 784),
          parts.getFirst());
      assertEquals("conv_out", parts.getLast().name());
      assertEquals(21, parts.size());
      NetworkPart attention = parts.get(6);
      assertEquals("down_blocks.2.attentions.0", attention.name());
      assertEquals(Shape.of(49, 64), attention.in());
      assertEquals(4L * 64 * 64 * 49, attention.multiplyAdds());
      assertThrows(IllegalArgumentException.class, () -> NetworkPart.parameterName(unet, images));
    }
  }
}
